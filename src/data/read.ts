// Reading a data set: finds the format, and makes of its table the pictures and targets that training takes.
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UserError } from "../base/errors.js";
import type { Dataset, Picture } from "./dataset.js";
import { csv } from "./formats/csv.js";
import type { Format, Source, Table } from "./formats/format.js";
import { Problems } from "./problems.js";

/** All formats, in the order in which they are tried. */
const formats: readonly Format[] = [csv];

export interface ReadOptions {
  /** The format's name; default: the first that recognises the source. */
  format?: string;
  /** The labels and their order, as of a training set; default: those of the source, in its order. */
  labels?: readonly string[];
}

/**
 * Reads a labels file. Paths in it are relative to its folder (backslashes count as slashes), and may be
 * absolute or lead out of it. The pictures themselves are not looked at.
 *
 * With `labels`, a label of the source that is not among them is an error; one that the source lacks is
 * known to be absent where the source lists what is there, and unknown where it has a column for each label.
 *
 * @throws UserError with all problems of the source, each with its row
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const source = await openSource(path);
  const format = await findFormat(source, options.format);
  const problems = new Problems();
  const table = await format.read(source, problems);
  const pictures = resolvePictures(source, table, problems);
  const labels = options.labels ?? table.labels;
  const targets = orderTargets(table, labels, problems);
  problems.throwIfAny(path);
  if (pictures.length === 0) throw new UserError(`${path} has no row; wanted one for each picture.`);
  if (labels.length === 0) throw new UserError(`${path} has no label; wanted at least one row that has one.`);
  return { source: source.path, labels, pictures, targets };
}

async function openSource(path: string): Promise<Source> {
  const absolute = resolve(path);
  const status = await stat(absolute).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") {
      throw new UserError(`${path}: there is no such file; wanted a labels file.`);
    }
    throw new UserError(`${path} cannot be opened: ${error.message}.`);
  });
  return {
    path: absolute,
    name: path,
    isFolder: status.isDirectory(),
    async text() {
      if (status.isDirectory()) throw new UserError(`${path} is a folder; wanted a labels file. ${known()}`);
      const bytes = await readFile(absolute).catch((error: Error) => {
        throw new UserError(`${path} cannot be read: ${error.message}.`);
      });
      const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
      try {
        return new TextDecoder(encoding, { fatal: true }).decode(bytes);
      } catch {
        throw new UserError(`${path} is not text in UTF-8; save it as such.`);
      }
    },
  };
}

async function findFormat(source: Source, name: string | undefined): Promise<Format> {
  if (name !== undefined) {
    const format = formats.find((candidate) => candidate.name === name);
    if (format === undefined) throw new UserError(`The format ${name} is not known. ${known()}`);
    return format;
  }
  for (const format of formats) if (await format.recognises(source)) return format;
  const found = source.isFolder ? "is a folder" : "is in a format that is not recognised";
  throw new UserError(`${source.name} ${found}. ${known()} To read it as one of them, say --format.`);
}

function known(): string {
  const described = formats.map(({ name, description }) => `${name} (${description})`);
  return `We read ${described.join("; ")}.`;
}

function resolvePictures(source: Source, table: Table, problems: Problems): Picture[] {
  const folder = source.isFolder ? source.path : dirname(source.path);
  const rowOf = new Map<string, number>();
  return table.rows.map(({ name, row }) => {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) {
      problems.add(row, `${name} is an address; wanted the path of a picture file. Download it first.`);
    }
    const path = resolve(folder, name.replaceAll("\\", "/"));
    const earlier = rowOf.get(path);
    if (earlier === undefined) rowOf.set(path, row);
    else problems.add(row, `${name} is in row ${earlier} already; make one row of them.`);
    return { path, name, row };
  });
}

/** The targets in the order of `labels`. */
function orderTargets(table: Table, labels: readonly string[], problems: Problems): Float32Array {
  if (labels === table.labels) return table.targets;
  const columnOf = new Map(labels.map((label, column) => [label, column]));
  const targets = new Float32Array(table.rows.length * labels.length).fill(table.otherwise);
  for (const [from, label] of table.labels.entries()) {
    const to = columnOf.get(label);
    const unknown = `the label ${label} is not among the ${labels.length} that were trained or asked for.`;
    let used = false;
    for (const [i, { row }] of table.rows.entries()) {
      const target = table.targets[i * table.labels.length + from];
      if (to !== undefined) targets[i * labels.length + to] = target;
      else if (target > 0) {
        problems.add(row, unknown);
        used = true;
      }
    }
    if (to === undefined && !used) problems.add(1, unknown);
  }
  return targets;
}
