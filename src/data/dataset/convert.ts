// Convert: writes a data set down in another format.
import { constants } from "node:fs";
import { copyFile, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { UserError } from "../../base/errors.js";
import { inTurns } from "../../base/limited-concurrency.js";
import type { FolderWriter, Format } from "../formats/format.js";
import { formatNamed, formats } from "../formats/index.js";
import { distinctNames } from "../formats/written.js";
import type { Dataset } from "./dataset.js";

/** As what a data set is written, and where to. */
export interface ConvertOptions {
  /** The format's name. */
  to: string;
  /** A new file, or, where the format is a folder with its pictures, a new folder. */
  out: string;
  /** What the column of the data set's groups is to be called; default: they are not written. */
  groupBy?: string;
  /** Told how many files are copied, of how many. */
  onProgress?: (done: number, total: number) => void;
}

/** What `convert` wrote. */
export interface Converted {
  /** The file or folder that was written, absolute. */
  readonly path: string;
  /** How many files of pictures were copied. */
  readonly copied: number;
  /** Labels that no picture has and that the format has no place for. */
  readonly lost: readonly string[];
  /** Whether there are groups to be written, for which the format has no place. */
  readonly groupsLost: boolean;
}

/**
 * Writes the data set as `to` says. A format that is a file leaves the pictures where they are and names
 * them from its own folder; one that is a folder gets copies of them.
 *
 * @throws UserError where the format cannot hold what is known, where `out` exists or has another ending, or a picture does not exist
 */
export async function convert(
  dataset: Dataset,
  { to, out, groupBy, onProgress }: ConvertOptions,
): Promise<Converted> {
  const format = formatNamed(to);
  refuseWhatItCannotHold(dataset, format);
  const path = resolve(out);
  await refuseExisting(path, out);
  const { writer } = format;
  if (writer.kind === "file" && extname(path).toLowerCase() !== writer.ending) {
    throw new UserError(`${out} would hold ${to}; name a file that ends in ${writer.ending}.`);
  }
  const content = { ...dataset, ...(groupBy !== undefined && { groupBy }) };
  const copied = writer.kind === "folder" ? await writeFolder(content, writer, path, onProgress) : 0;
  if (writer.kind === "file") {
    const text = writer.write(content, dirname(path));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const groupsLost = groupBy !== undefined && dataset.groups !== undefined && !format.holds.groups;
  return { path, copied, lost: lostLabels(dataset, format), groupsLost };
}

function refuseWhatItCannotHold({ labels, pictures, targets }: Dataset, format: Format): void {
  const { name, holds } = format;
  for (const [kind, found, remedy] of [
    ["unknown", (target: number) => target < 0, "--unknown negative, or convert to"],
    ["soft", (target: number) => target > 0 && target < 1, "convert to"],
  ] as const) {
    const first = holds[kind] ? -1 : targets.findIndex(found);
    if (first < 0) continue;
    const count = targets.reduce((sum, target) => sum + Number(found(target)), 0);
    const example = `${labels[first % labels.length]} of ${pictures[Math.floor(first / labels.length)].name}`;
    const others = formats.filter((other) => other.holds[kind]).map((other) => other.name);
    const what = kind === "unknown" ? "unknown" : "neither 1 nor 0";
    throw new UserError(
      `${count} ${count === 1 ? "target is" : "targets are"} ${what} (the first: ${example}), which ${name} ` +
        `cannot hold. Say ${remedy} ${others.join(", ")}.`,
    );
  }
}

async function refuseExisting(path: string, out: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (found.isDirectory() && (await readdir(path)).length === 0) return;
  throw new UserError(`${out} exists already; name something new, or remove it first.`);
}

async function writeFolder(
  dataset: Dataset & { readonly groupBy?: string },
  writer: FolderWriter,
  path: string,
  onProgress: ConvertOptions["onProgress"],
): Promise<number> {
  const { texts, copies, folders = [] } = writer.write(dataset, copyNames(dataset));
  await refuseMissing(dataset);
  const places = [...texts.keys(), ...copies.map(([, to]) => to)].map((to) => dirname(join(path, to)));
  for (const folder of new Set([path, ...places, ...folders.map((folder) => join(path, folder))])) {
    await mkdir(folder, { recursive: true });
  }
  await inTurns([...texts], ([to, text]) => writeFile(join(path, to), text));
  let done = 0;
  await inTurns(copies, async ([picture, to]) => {
    // Where the file system can, a copy takes no room until one of the two is changed.
    await copyFile(dataset.pictures[picture].path, join(path, to), constants.COPYFILE_FICLONE);
    onProgress?.(++done, copies.length);
  });
  return copies.length;
}

/**
 * Paths from the folder that all pictures are in or below; no two differ by their endings alone. What a reader takes
 * for something else (a backslash, a blank at an end, a line's end) becomes an underscore.
 */
export function copyNames({ pictures }: Pick<Dataset, "pictures">): string[] {
  const parts = pictures.map(({ path }) => dirname(path).split(sep));
  const shared = parts.reduce((common, other) => {
    const end = common.findIndex((part, i) => part !== other[i]);
    return end < 0 ? common : common.slice(0, end);
  }, parts[0] ?? []);
  const root = shared.join(sep) || sep;
  return distinctNames(pictures.map(({ path }) => relative(root, path).split(sep).map(plain).join("/")));
}

function plain(name: string): string {
  return name.replace(/[\\\p{Cc}]|^\s+|\s+$|\s+(?=\.[^.]*$)/gu, "_");
}

async function refuseMissing({ source, pictures }: Dataset): Promise<void> {
  const there = await inTurns(pictures, ({ path }) =>
    stat(path).then(
      (found) => found.isFile(),
      () => false,
    ),
  );
  const missing = pictures.filter((_, i) => !there[i]);
  if (missing.length === 0) return;
  const listed = missing.slice(0, 20).map(({ row, name }) => `row ${row}: there is no file ${name}.`);
  if (missing.length > listed.length) listed.push(`and ${missing.length - listed.length} more.`);
  throw new UserError(`${source} names pictures that are not there, so they cannot be copied:`, listed);
}

/** A format that names labels only where they are forgets the others. */
function lostLabels({ labels, targets }: Dataset, { holds }: Format): string[] {
  if (holds.unused) return [];
  const named = new Set<number>();
  for (const [i, target] of targets.entries()) if (target !== 0) named.add(i % labels.length);
  return labels.filter((_, column) => !named.has(column));
}
