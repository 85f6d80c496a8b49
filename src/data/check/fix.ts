// Fix: writes the labels anew, without what cannot be used and what is there twice.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import { grouped } from "../../base/grouped.js";
import { csv } from "../formats/csv.js";
import { hasTagColumn } from "../formats/csv-text.js";
import type { Content, FileWriter } from "../formats/format.js";
import { plainName, shownName } from "./label-names.js";
import { repeatedRows } from "./rows.js";
import type { Entry, Subject } from "./subject.js";

/** What was learned of the pictures: by path, absolute. */
export interface Inspection {
  /** Pictures that training can use, as far as was looked. */
  readonly usable: ReadonlySet<string>;
  /** Rows that show the same picture (the same bytes): two or more, no path twice in one set. */
  readonly copies: readonly (readonly Entry[])[];
}

/** What was written without the mistakes. */
export interface Fixed {
  /** The file that was written, absolute. */
  readonly path: string;
  readonly rows: number;
  readonly labels: number;
  /** Everything that is different in it, a sentence each. */
  readonly changes: readonly string[];
}

interface Row {
  readonly entry: Entry;
  targets: Float32Array;
}

/** A new file for the labels, and what writes it. */
export interface FixedPlace {
  /** Absolute. */
  readonly path: string;
  /** As the user wrote it: for messages. */
  readonly name: string;
  readonly writer: FileWriter;
}

/**
 * Where to write the rows of `data`: in their own format where that is a file, else as CSV.
 * @throws UserError where the file exists, or its name does not suit the format
 */
export async function placeForFixed({ data: { format } }: Subject, file: string): Promise<FixedPlace> {
  const path = resolve(file);
  if (await stat(path).catch(() => undefined)) {
    throw new UserError(
      `${file} exists already; name a new file for the cleaned labels. Nothing is overwritten.`,
    );
  }
  const { writer, name } = format.writer.kind === "file" ? { writer: format.writer, name: format.name } : csv;
  const wanted = name === "csv" ? ".csv" : ".json";
  if (extname(path).toLowerCase() !== wanted || writer.kind !== "file") {
    throw new UserError(
      `${file} would hold the cleaned labels as ${name}; name a file that ends in ${wanted}.`,
    );
  }
  return { path, name: file, writer };
}

/**
 * Writes the rows of `data` to a new file. No picture is touched, nor what is in `val`.
 *
 * - Rows whose picture cannot be used, and rows of which nothing could be read, are left out; a value that
 *   could not be read is unknown.
 * - Labels whose names differ by case and blanks become the one that most pictures have: there where any of
 *   them is, else absent where any is.
 * - Several rows of one file become one. Where the source lists what is there, it has the labels of all of
 *   them (one row a label is a way to write a list); where it says of each label whether it is there, they are
 *   joined as those of copies.
 * - Files with the same bytes become the first of them. What they agree on, or only one knows, stays; what
 *   they contradict each other in is unknown.
 * - A picture that is in `val` too, by path or by bytes, is left out here.
 * - Labels that no row is left of go.
 *
 * @throws UserError where there is nothing to write, or the file cannot hold it
 */
export async function fix(
  subject: Subject,
  inspection: Inspection,
  { path, name, writer }: FixedPlace,
  groupBy: string | undefined,
): Promise<Fixed> {
  const changes: string[] = [];
  const change = (n: number, one: string, many: string) => {
    if (n > 0) changes.push(`${n} ${n === 1 ? one : many}.`);
  };
  const data = subject.entries.filter(({ set }) => set === "data");
  const { table, problems } = subject.data;

  const read = data.filter(({ partly, targets }) => !partly || targets.some((target) => target >= 0));
  change(
    problems.leftOut + data.length - read.length,
    "row that could not be read was left out",
    "rows that could not be read were left out",
  );
  change(
    read.filter(({ partly }) => partly).length,
    "row keeps what could be read of it; the rest is unknown",
    "rows keep what could be read of them; the rest is unknown",
  );
  const usable = read.filter((entry) => inspection.usable.has(entry.path));
  change(
    read.length - usable.length,
    "row whose picture cannot be used was left out",
    "rows whose pictures cannot be used were left out",
  );

  const merged = mergeLabels(subject.labels, usable, changes);
  const { labels } = merged;
  let rows = merged.rows;
  const leaveOut = (gone: ReadonlySet<Entry>) => {
    rows = rows.filter(({ entry }) => !gone.has(entry));
  };
  const rowOf = new Map(rows.map((row) => [row.entry, row]));
  const join = (entries: readonly Entry[], targetOf: (known: readonly number[]) => number) => {
    const joined = entries.flatMap((entry) => rowOf.get(entry) ?? []);
    if (joined.length === 0) return { gone: [], conflicts: 0 };
    const [first, ...others] = joined;
    let conflicts = 0;
    first.targets = first.targets.map((_, column) => {
      const known = joined.map(({ targets }) => targets[column]).filter((target) => target >= 0);
      const target = known.length === 0 ? -1 : targetOf(known);
      if (target < 0 && known.length > 0) conflicts++;
      return target;
    });
    return { gone: others.map(({ entry }) => entry), conflicts };
  };
  const agreed = (known: readonly number[]) => (known.every((target) => target === known[0]) ? known[0] : -1);
  const listed = (known: readonly number[]) => Math.max(...known);

  const repeated = repeatedRows(usable).map((entries) =>
    join(entries, table.otherwise === 0 ? listed : agreed),
  );
  leaveOut(new Set(repeated.flatMap(({ gone }) => gone)));
  const copies = inspection.copies.map((entries) =>
    join(
      entries.filter(({ set }) => set === "data"),
      agreed,
    ),
  );
  leaveOut(new Set(copies.flatMap(({ gone }) => gone)));
  const leaked = new Set(
    inspection.copies
      .filter((entries) => entries.some(({ set }) => set === "val"))
      .flatMap((entries) => entries.filter(({ set }) => set === "data")),
  );
  const before = rows.length;
  leaveOut(leaked);

  const gone = (parts: readonly { gone: readonly Entry[] }[]) =>
    parts.reduce((sum, part) => sum + part.gone.length, 0);
  change(
    gone(repeated),
    "repeated row was joined with the first of its file",
    "repeated rows were joined with the first of their files",
  );
  change(
    gone(copies),
    "copy of a picture was joined with it",
    "copies of pictures were joined with the first of them",
  );
  change(
    [...repeated, ...copies].reduce((sum, part) => sum + part.conflicts, 0),
    "target became unknown, where rows contradict each other",
    "targets became unknown, where rows contradict each other",
  );
  change(
    before - rows.length,
    "picture that is in validation too was left out",
    "pictures that are in validation too were left out",
  );

  const content = {
    ...contentOf(labels, rows, merged.borne, changes),
    ...(groupBy !== undefined && { groupBy, groups: rows.map(({ entry }) => entry.group ?? "") }),
  };
  if (content.pictures.length === 0)
    throw new UserError(`Nothing of ${subject.data.source.name} is left to write.`);
  tellLostColumns(content, writer, changes);
  const text = writer.write(content, dirname(path));
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    throw new UserError(`${name} cannot be written: ${error instanceof Error ? error.message : error}.`);
  }
  return { path, rows: content.pictures.length, labels: content.labels.length, changes };
}

/** One label of those whose names differ by case and blanks; `borne`: which labels were on any row before. */
function mergeLabels(
  labels: readonly string[],
  entries: readonly Entry[],
  changes: string[],
): { labels: readonly string[]; rows: Row[]; borne: ReadonlySet<string> } {
  const positives = labels.map((_, column) =>
    entries.reduce((sum, { targets }) => sum + Number(targets[column] > 0), 0),
  );
  const merged = [...grouped(labels.keys(), (column) => plainName(labels[column])).values()].flatMap(
    (columns) => {
      const [chosen, ...others] = [...columns].sort((a, b) => positives[b] - positives[a]);
      if (labels[chosen] === "") {
        changes.push("What has no name is no label any more.");
        return [];
      }
      const name = labels[chosen].trim();
      const changed = [chosen, ...others].map((column) => labels[column]).filter((label) => label !== name);
      if (changed.length > 0)
        changes.push(
          `${changed.length === 1 ? "The label" : "The labels"} ${changed.map(shownName).join(", ")} became ` +
            `${shownName(name)}.`,
        );
      else if (columns.length > 1) changes.push(`${columns.length} columns called ${name} became one.`);
      return { name, chosen, columns };
    },
  );
  // The order of the labels stays.
  merged.sort((a, b) => a.chosen - b.chosen);
  const rows = entries.map((entry) => ({
    entry,
    // −1, 0 and 1 rank as they should: what is known beats what is not.
    targets: Float32Array.from(merged, ({ columns }) =>
      Math.max(...columns.map((column) => entry.targets[column])),
    ),
  }));
  const borne = merged.filter(({ columns }) => columns.some((column) => positives[column] > 0));
  return {
    labels: merged.map(({ name }) => name),
    rows,
    borne: new Set(borne.map(({ name }) => name)),
  };
}

/** Without labels that were on a row, and are on none that is left. */
function contentOf(
  labels: readonly string[],
  rows: readonly Row[],
  borne: ReadonlySet<string>,
  changes: string[],
): Content {
  const isLeft = (column: number) => rows.some(({ targets }) => targets[column] !== 0);
  const columns = [...labels.keys()].filter((column) => isLeft(column) || !borne.has(labels[column]));
  const lost = labels.filter((_, column) => !columns.includes(column));
  if (lost.length > 0) changes.push(`No row is left with ${lost.join(", ")}: no label any more.`);
  const targets = new Float32Array(rows.length * columns.length);
  for (const [i, row] of rows.entries()) {
    for (const [j, column] of columns.entries()) targets[i * columns.length + j] = row.targets[column];
  }
  return {
    labels: columns.map((column) => labels[column]),
    pictures: rows.map(({ entry: { path, fields } }) => ({ path, ...(fields && { fields }) })),
    targets,
  };
}

/** CSV with a column for each label has no room for others but that of groups. */
function tellLostColumns(content: Content, writer: FileWriter, changes: string[]): void {
  const others = new Set(content.pictures.flatMap(({ fields = {} }) => Object.keys(fields)));
  if (content.groupBy !== undefined) others.delete(content.groupBy);
  if (writer !== csv.writer || others.size === 0 || hasTagColumn(content)) return;
  const lost = [...others].join(", ");
  changes.push(`The labels need a column each, beside which there is no room for ${lost}.`);
}
