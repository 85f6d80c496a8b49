// What writers share: the columns of a picture's labels, and paths as files name them.
import { isAbsolute, posix, relative, sep } from "node:path";
import { UserError } from "../../base/errors.js";
import type { Content } from "./format.js";
import { isPictureName } from "./source.js";

function columnsWhere(content: Content, picture: number, wanted: (target: number) => boolean): number[] {
  const width = content.labels.length;
  const columns: number[] = [];
  for (let column = 0; column < width; column++) {
    if (wanted(content.targets[picture * width + column])) columns.push(column);
  }
  return columns;
}

/** The columns whose target is 1. */
export function presentOf(content: Content, picture: number): number[] {
  return columnsWhere(content, picture, (target) => target === 1);
}

/** The columns whose target is 0. */
export function absentOf(content: Content, picture: number): number[] {
  return columnsWhere(content, picture, (target) => target === 0);
}

/** The columns whose target is unknown. */
export function unknownOf(content: Content, picture: number): number[] {
  return columnsWhere(content, picture, (target) => target < 0);
}

/** The picture's group under the name of its column, where groups are to be written. */
export function groupOf({ groups, groupBy }: Content, picture: number): Readonly<Record<string, string>> {
  return groups === undefined || groupBy === undefined ? {} : { [groupBy]: groups[picture] };
}

/** A picture's path from the folder of a labels file, with slashes; absolute where there is no way. */
export function pathFrom(folder: string, path: string): string {
  const way = relative(folder, path);
  return isAbsolute(way) ? path : way.split(sep).join("/");
}

/** The names, with numbers where two would be the same but for their endings. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const ending = posix.extname(name);
    const stem = name.slice(0, name.length - ending.length);
    let free = stem;
    // Some file systems do not tell capitals from small letters.
    for (let i = 2; taken.has(free.toLowerCase()); i++) free = `${stem}-${i}`;
    taken.add(free.toLowerCase());
    return `${free}${ending}`;
  });
}

/** Where no file names the pictures, they are found by their endings. Throws a UserError where one has none. */
export function refuseUnfindable(names: readonly string[]): void {
  const unfindable = names.filter((name) => !isPictureName(name));
  if (unfindable.length === 0) return;
  throw new UserError(
    `${unfindable.length === 1 ? "A picture is" : `${unfindable.length} pictures are`} called without an ending ` +
      `such as .jpg (the first: ${unfindable[0]}), by which this format knows pictures. Rename them, or convert to another.`,
  );
}

/** Whether lists of labels say all: every target is 1 or 0, and every label has a picture that bears it. */
export function isListable(content: Content): boolean {
  const { labels, targets } = content;
  const borne = new Set<number>();
  for (const [i, target] of targets.entries()) {
    if (target === 1) borne.add(i % labels.length);
    else if (target !== 0) return false;
  }
  return borne.size === labels.length;
}

/** The shortest decimal number that is this float32. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
