// Reading a data set: finds the format, and makes of its table the pictures and targets that training takes.
import { resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import { findFormat } from "../formats/find.js";
import type { Format, Row, Table } from "../formats/format.js";
import { longestPath, slashes } from "../formats/locate.js";
import { Problems } from "../formats/problems.js";
import { openSource, type Source } from "../formats/source.js";
import type { Targets } from "../formats/targets.js";
import type { Dataset } from "./dataset.js";

/** How a data set is read. */
export interface ReadOptions {
  /** The format's name; default: the first that recognises the source. */
  format?: string;
  /** The labels and their order, as of a training set; default: those of the source, in its order. */
  labels?: readonly string[];
  /** The column (or key) whose value names the group that a picture belongs to; it is no label. */
  groupBy?: string;
  /** The folder that the paths in a labels file start from; default: the file's own, or what the file says. */
  images?: string;
}

/** A source as it was read, with its problems not yet thrown. */
export interface Reading {
  readonly source: Source;
  readonly format: Format;
  readonly table: Table;
  /** For each row of the table where its picture is, absolute. */
  readonly paths: readonly string[];
  readonly problems: Problems;
}

/**
 * Reads a labels file, or a folder in one of the formats. Paths in it are relative to its folder (backslashes
 * count as slashes), and may be absolute or lead out of it. The pictures themselves are not looked at, save
 * where a folder a label has copies of them.
 *
 * With `labels`, a label of the source that is not among them is an error; one that the source lacks is
 * known to be absent where the source lists what is there, and unknown where it says of each label whether.
 *
 * @throws UserError with all problems of the source, each with its row
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const { source, table, paths, problems } = await readSource(path, options);
  refuseRepeats(table.rows, paths, problems);
  const labels = options.labels ?? table.labels;
  const ordered = orderTargets(table, labels, problems);
  problems.throwIfAny(path);
  if (paths.length === 0) throw new UserError(`${path} has no row; wanted one for each picture.`);
  if (labels.length === 0) throw new UserError(`${path} has no label; wanted at least one row that has one.`);
  const targets = ordered.dense(path);
  const pictures = table.rows.map(({ name, row }, i) => ({ path: paths[i], name, row }));
  const groups = options.groupBy === undefined ? undefined : groupsOf(path, table.rows, options.groupBy);
  return { source: source.path, labels, pictures, targets, ...(groups && { groups }) };
}

/**
 * Reads a source and goes on where single rows have problems: their targets are unknown.
 * @throws UserError where there is no reading on
 */
export async function readSource(
  path: string,
  { format: name, groupBy, images }: ReadOptions,
): Promise<Reading> {
  const { source, format } = await findFormat(await openSource(path, images), name);
  const problems = new Problems();
  const table = await format.read(source, problems, { groupBy });
  const paths = table.rows.map(({ name, row, path }) => {
    if (isAddress(name) && path === undefined) {
      problems.leaveOut(row, `${name} is an address; wanted the path of a picture file. Download it first.`);
    }
    if (name.length > longestPath) {
      problems.leaveOut(
        row,
        `the path of the picture has ${name.length} letters; no system has such a file.`,
      );
      return name.slice(0, longestPath);
    }
    return path ?? resolve(source.folder, slashes(name));
  });
  return { source, format, table, paths, problems };
}

/** Whether a row names what can be no file, which has been told as a problem of its own. */
export function namesNoFile({ name, path }: Row): boolean {
  return (path === undefined && isAddress(name)) || name.length > longestPath;
}

/** Whether a picture's name is an address such as https://… */
function isAddress(name: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(name);
}

function refuseRepeats(rows: readonly Row[], paths: readonly string[], problems: Problems): void {
  const rowOf = new Map<string, number>();
  for (const [i, { name, row }] of rows.entries()) {
    const earlier = rowOf.get(paths[i]);
    if (earlier === undefined) rowOf.set(paths[i], row);
    else problems.add(row, `${name} is in row ${earlier} already; make one row of them.`);
  }
}

/** For each row the value of the column. Throws a UserError where there is none. */
export function groupsOf(path: string, rows: readonly Row[], column: string): string[] {
  const missing = rows.find(({ fields }) => fields?.[column] === undefined || fields[column] === "");
  if (missing !== undefined) {
    const known = [...new Set(rows.flatMap(({ fields = {} }) => Object.keys(fields)))];
    throw new UserError(
      known.includes(column)
        ? `${path}, row ${missing.row}: ${column} is empty; wanted the group of each picture.`
        : `${path} has no column ${column} to group by` +
            (known.length === 0 ? "." : `; beside the labels it has ${known.slice(0, 10).join(", ")}.`),
    );
  }
  return rows.map(({ fields }) => fields?.[column] ?? "");
}

/** The targets in the order of `labels`; adds to `problems` where a label of the table is not among them. */
export function orderTargets(table: Table, labels: readonly string[], problems: Problems): Targets {
  if (labels === table.labels) return table.targets;
  const columnOf = new Map(labels.map((label, column) => [label, column]));
  const to = Int32Array.from(table.labels, (label) => columnOf.get(label) ?? -1);
  const unknown = new Map<string, number[]>();
  for (const label of table.labels) if (!columnOf.has(label)) unknown.set(label, []);
  if (unknown.size > 0) {
    for (const [i, { row }] of table.rows.entries()) {
      table.targets.each(i, (column, target) => {
        if (target > 0) unknown.get(table.labels[column])?.push(row);
      });
    }
  }
  reportUnknown(unknown, labels, table.labels.length, problems);
  return table.targets.moved(to, labels.length, table.otherwise);
}

/** Labels that get a sentence each, with their rows; more of them share one. */
const NAMED = 3;

/** @param unknown the labels of the data that are not among `labels`, and the rows that have them */
function reportUnknown(
  unknown: ReadonlyMap<string, readonly number[]>,
  labels: readonly string[],
  all: number,
  problems: Problems,
): void {
  if (unknown.size > NAMED) {
    const few = (names: Iterable<string>) => {
      const list = [...names];
      const more = list.length - 5;
      return list.slice(0, 5).join(", ") + (more > 0 ? ` and ${more} more` : "");
    };
    problems.add(
      1,
      `${unknown.size} of the ${all} labels are not among the ${labels.length} that were trained or asked for. ` +
        `Not known: ${few(unknown.keys())}. Known: ${few(labels)}. Is this the right data set? If names differ, rename them; ` +
        "if these labels do not matter, leave them out.",
    );
    return;
  }
  for (const [label, rows] of unknown) {
    const sentence = `the label ${label} is not among the ${labels.length} that were trained or asked for.`;
    for (const row of rows.length > 0 ? rows : [1]) problems.add(row, sentence);
  }
}
