// Fix: writes the labels anew, without what cannot be used and what is there twice.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import { grouped } from "../../base/grouped.js";
import { csv } from "../formats/csv.js";
import { hasTagColumn } from "../formats/csv-text.js";
import type { Content, FileWriter } from "../formats/format.js";
import type { Inspection } from "./inspect.js";
import { agreed, joinRows, listed } from "./join-rows.js";
import { mergeLabels, type Row } from "./merge-labels.js";
import type { Entry, Subject } from "./subject.js";

/** What was written without the mistakes. */
export interface Fixed {
  /** The file that was written, absolute. */
  readonly path: string;
  readonly rows: number;
  readonly labels: number;
  /** Everything that is different in it, a sentence each. */
  readonly changes: readonly string[];
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
  if (extname(path).toLowerCase() !== writer.ending) {
    throw new UserError(
      `${file} would hold the cleaned labels as ${name}; name a file that ends in ${writer.ending}.`,
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

  const merged = mergeLabels(subject.labels, usable, data, changes);
  const repeated = joinRows(
    grouped(merged.rows, ({ entry }) => entry.path).values(),
    table.otherwise === 0 ? listed : agreed,
  );
  const single = merged.rows.filter((row) => !repeated.gone.has(row));
  const rowAt = new Map(single.map((row) => [row.entry.path, row]));
  const rowsOf = (entries: readonly Entry[]) =>
    entries.flatMap(({ set, path }) => (set === "data" ? (rowAt.get(path) ?? []) : []));
  const copies = joinRows(inspection.copies.map(rowsOf), agreed);
  const distinct = single.filter((row) => !copies.gone.has(row));
  const leaked = inspection.copies
    .filter((entries) => entries.some(({ set }) => set === "val"))
    .flatMap(rowsOf);
  const inValidation = new Set(leaked);
  const rows = distinct.filter((row) => !inValidation.has(row));
  change(
    repeated.gone.size,
    "repeated row was joined with the first of its file",
    "repeated rows were joined with the first of their files",
  );
  change(
    copies.gone.size,
    "copy of a picture was joined with it",
    "copies of pictures were joined with the first of them",
  );
  change(
    repeated.conflicts + copies.conflicts,
    "target became unknown, where rows contradict each other",
    "targets became unknown, where rows contradict each other",
  );
  change(
    distinct.length - rows.length,
    "picture that is in validation too was left out",
    "pictures that are in validation too were left out",
  );

  const content = {
    ...contentOf(merged.labels, rows, merged.borne, changes),
    ...(groupBy !== undefined && { groupBy, groups: rows.map(({ entry }) => entry.group ?? "") }),
  };
  const { pictures, labels } = content;
  if (pictures.length === 0 || labels.length === 0) {
    const lost = pictures.length === 0 ? "Nothing" : "No label";
    throw new UserError(`${lost} of ${subject.data.source.name} is left to write.`);
  }
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
