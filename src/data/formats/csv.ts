// CSV: a table with a header, a path column, and either one column of tags or one column a label.
//
// One column of tags (`labels` or `tags`):      One column a label:
//   image,labels                                  image,cat,dog
//   a.jpg,cat|dog                                 a.jpg,1,1
//   b.jpg,                                        b.jpg,0,?
//
// The path column is the first that is called image, file, filename, path or file_name. Commas, semicolons or
// tabs part the fields: whichever makes the header show a path column. Beside a column of tags any other
// column may stand; beside one column a label only the one that groups pictures.
import { extname } from "node:path";
import { UserError } from "../../base/errors.js";
import { type CsvRecord, csvRecords } from "./csv-records.js";
import { csvText } from "./csv-text.js";
import type { FileWriter, Format, ReadFormatOptions, Row, Table } from "./format.js";
import { OddValues } from "./odd-values.js";
import type { Problems } from "./problems.js";
import { TargetsBuilder } from "./targets.js";

const pathColumns = ["image", "file", "filename", "path", "file_name"];
const tagColumns = ["labels", "tags"];
const delimiters = [",", ";", "\t"];

export const csv: Format & { readonly writer: FileWriter } = {
  name: "csv",
  description:
    "a table (.csv, .tsv) with a header, a column image and a column labels, or a column for each label",
  holds: { unknown: true, soft: true, unused: true, groups: true },
  writer: { kind: "file", ending: ".csv", write: csvText },
  recognises: ({ path, isFolder }) =>
    !isFolder && [".csv", ".tsv", ".txt"].includes(extname(path).toLowerCase()),
  async read(source, problems, options) {
    const { text, delimiter, header } = headerOf(source.name, await source.text());
    const lowered = header.map((name) => name.toLowerCase());
    const pathColumn = lowered.findIndex((name) => pathColumns.includes(name));
    const tags = lowered.flatMap((name, column) => (tagColumns.includes(name) ? [column] : []));
    if (tags.length > 1) {
      const names = tags.map((column) => header[column]).join(", ");
      throw new UserError(
        `${source.name}: the header has ${names}; wanted one column of tags. Remove the others.`,
      );
    }
    /** Anew each time that they are asked for. */
    const records = function* (tell = true): Generator<CsvRecord> {
      const all = csvRecords(text, delimiter, source.name);
      all.next();
      for (const record of all) {
        if (record.fields[pathColumn]) yield record;
        else if (tell) {
          const wanted = "wanted the path of a picture";
          problems.leaveOut(record.row, `the column ${header[pathColumn]} is empty; ${wanted}.`);
        }
      }
    };
    return tags.length === 1
      ? readTags(records(), header, pathColumn, tags[0], problems)
      : readColumns(source.name, records, header, pathColumn, problems, options);
  },
};

/** The text with lines that end in \n, what parts its fields, and its first record. */
function headerOf(
  path: string,
  written: string,
): { text: string; delimiter: string; header: readonly string[] } {
  // Most have none, and a copy of a large text takes as much memory again.
  const lines = written.includes("\r") ? written.replace(/\r\n?/g, "\n") : written;
  // Excel may be told the separator in a line of its own.
  const text = lines.replace(/^\ufeff?sep=.\n/i, "\n");
  const first = (delimiter: string): CsvRecord | undefined => csvRecords(text, delimiter, path).next().value;
  const delimiter = delimiters.find((candidate) =>
    first(candidate)?.fields.some((name) => pathColumns.includes(name.toLowerCase())),
  );
  const header = first(delimiter ?? ",")?.fields;
  if (header === undefined)
    throw new UserError(`${path} is empty; wanted a header and a row for each picture.`);
  if (delimiter === undefined) {
    const names = header.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
    throw new UserError(
      `${path}: the first line has the columns ${names.join(", ")}${header.length > 8 ? ", …" : ""}; ` +
        `wanted a header in which one is called ${pathColumns.slice(0, -1).join(", ")} or ${pathColumns.at(-1)}.`,
    );
  }
  return { text, delimiter, header };
}

/** Only surplus fields that say something are a mistake. */
function surplus(fields: readonly string[], header: readonly string[]): boolean {
  return fields.slice(header.length).some((field) => field !== "");
}

/**
 * The column of tags. What separates them is the same in the whole file, since a label may contain what is
 * not the separator: `|` and `;` if any row has one; else the comma if any row has one; else blanks.
 */
function readTags(
  records: Iterable<CsvRecord>,
  header: readonly string[],
  pathColumn: number,
  tagColumn: number,
  problems: Problems,
): Table {
  const others = header.flatMap((name, column) =>
    name === "" || column === pathColumn || column === tagColumn ? [] : [column],
  );
  const rows: Row[] = [];
  const written: string[] = [];
  const surplusOf = new Map<number, number>();
  for (const { fields, row } of records) {
    if (surplus(fields, header)) surplusOf.set(rows.length, fields.length);
    written.push(fields[tagColumn] ?? "");
    rows.push(rowOf(fields, row, header, pathColumn, others));
  }
  const separator = written.some((tags) => /[|;]/.test(tags))
    ? /[|;]/
    : written.some((tags) => tags.includes(","))
      ? /,/
      : /\s/;
  const numberOf = new Map<string, number>();
  const tagsOf = written.map((tags, i): readonly number[] | undefined => {
    const { row } = rows[i];
    const found = new Set<string>();
    for (const tag of tags.split(separator).map((part) => part.trim())) {
      if (tag !== "" && found.has(tag)) problems.remark(row, `it has ${tag} twice.`);
      found.add(tag);
    }
    found.delete("");
    const wrong = wrongTags(tags, found, surplusOf.get(i), header.length);
    if (wrong !== undefined) {
      problems.add(row, wrong);
      return undefined;
    }
    return Array.from(found, (tag) => {
      const number = numberOf.get(tag) ?? numberOf.size;
      numberOf.set(tag, number);
      return number;
    });
  });
  const labels = [...numberOf.keys()].sort();
  const columns = new Uint32Array(labels.length);
  for (const [column, label] of labels.entries()) columns[numberOf.get(label) ?? 0] = column;
  const targets = new TargetsBuilder();
  for (const tags of tagsOf) {
    if (tags === undefined) targets.add(-1, []);
    else
      targets.add(
        0,
        tags.map((number) => [columns[number], 1] as const),
      );
  }
  const read = rows.map((row, i) => (tagsOf[i] === undefined ? { ...row, partly: true } : row));
  return { labels, rows: read, targets: targets.build(labels.length), otherwise: 0 };
}

/** What is wrong with a row's tags. @param fields how many the row has, where they are too many */
function wrongTags(
  written: string,
  tags: ReadonlySet<string>,
  fields: number | undefined,
  wanted: number,
): string | undefined {
  if (fields !== undefined) {
    return (
      `${fields} fields where the header has ${wanted}; ` +
      "write tags that are separated by the field separator in quotes, or use |."
    );
  }
  if (tags.has("?") || tags.has("-1")) {
    return (
      `${tags.has("?") ? "?" : "-1"} is no label, and in a column of tags nothing can be unknown; wanted ` +
      "a column for each label, with 1, 0 and ? in it."
    );
  }
  if (!/^\[.*\]$/s.test(written)) return undefined;
  return `the tags are written as a list, ${written.slice(0, 60)}; wanted them as in cat|dog.`;
}

/** One column a label. */
function readColumns(
  path: string,
  records: (tell?: boolean) => Iterable<CsvRecord>,
  header: readonly string[],
  pathColumn: number,
  problems: Problems,
  { groupBy }: ReadFormatOptions,
): Table {
  const groups = header.flatMap((name, column) =>
    name === groupBy && column !== pathColumn ? [column] : [],
  );
  const filled = new Set<number>();
  if (header.includes("")) {
    for (const { fields } of records(false)) {
      for (const [column, field] of fields.entries()) if (field !== "") filled.add(column);
    }
  }
  const columns = header.flatMap((name, column) => {
    const blank = name === "" && !filled.has(column);
    return column === pathColumn || blank || groups.includes(column) ? [] : [column];
  });
  if (columns.length === 0) {
    throw new UserError(
      `${path}: the header has only ${header.join(", ")}; wanted a column labels, or a column for each label.`,
    );
  }
  const labels = columns.map((column) => header[column]);
  const named = new Set<string>();
  for (const [i, label] of labels.entries()) {
    if (label === "")
      problems.add(1, `column ${columns[i] + 1} has no name; name the label, or remove the column.`);
    else if (named.size === named.add(label).size)
      problems.add(1, `two columns are called ${label}; make one of them.`);
  }
  const targets = new TargetsBuilder();
  const values = new Float32Array(labels.length);
  const odd = new OddValues();
  const rows: Row[] = [];
  for (const { fields, row } of records()) {
    const read = rowOf(fields, row, header, pathColumn, groups);
    if (fields.length < header.length || surplus(fields, header)) {
      problems.add(row, `${fields.length} fields where the header has ${header.length}.`);
      targets.add(-1, []);
      rows.push({ ...read, partly: true });
      continue;
    }
    let partly = false;
    for (const [j, column] of columns.entries()) {
      const target = parseTarget(fields[column]);
      values[j] = target ?? -1;
      if (target !== undefined) continue;
      partly = true;
      odd.add(header[column], row, JSON.stringify(fields[column]));
    }
    targets.addDense(values);
    rows.push(partly ? { ...read, partly } : read);
  }
  odd.tell(
    problems,
    "column",
    "1, 0, a number between them, or empty, ?, u or -1 for unknown. " +
      "A column that lists labels is called labels; one that is no label must go.",
  );
  return {
    labels,
    rows,
    targets: targets.build(labels.length),
    otherwise: -1,
  };
}

/** A field's target, or undefined if it is none. */
function parseTarget(field: string): number | undefined {
  // Nearly all are these.
  if (field === "0") return 0;
  if (field === "1") return 1;
  if (field === "" || field === "?" || field === "u" || field === "U") return -1;
  if (/^(true|false)$/i.test(field)) return Number(field.toLowerCase() === "true");
  // Spreadsheets may write the typographic minus, and in many countries the decimal comma.
  const digits = field.replace("\u2212", "-").replace(",", ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) return undefined;
  const value = Number(digits);
  return value === -1 || (value >= 0 && value <= 1) ? value : undefined;
}

/** @param others the columns that say something else of the picture */
function rowOf(
  fields: readonly string[],
  row: number,
  header: readonly string[],
  pathColumn: number,
  others: readonly number[],
): Row {
  const read = { name: fields[pathColumn], row };
  if (others.length === 0) return read;
  return {
    ...read,
    fields: Object.fromEntries(others.map((column) => [header[column], fields[column] ?? ""])),
  };
}
