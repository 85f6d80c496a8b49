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
import { CsvError, parse } from "csv-parse/sync";
import { UserError } from "../../base/errors.js";
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
    const { header, records } = parseTable(source.name, await source.text());
    const lowered = header.map((name) => name.toLowerCase());
    const pathColumn = lowered.findIndex((name) => pathColumns.includes(name));
    const tags = lowered.flatMap((name, column) => (tagColumns.includes(name) ? [column] : []));
    if (tags.length > 1) {
      const names = tags.map((column) => header[column]).join(", ");
      throw new UserError(
        `${source.name}: the header has ${names}; wanted one column of tags. Remove the others.`,
      );
    }
    const named = records.filter(({ fields, row }) => {
      if (fields[pathColumn]) return true;
      problems.leaveOut(row, `the column ${header[pathColumn]} is empty; wanted the path of a picture.`);
      return false;
    });
    return tags.length === 1
      ? readTags(named, header, pathColumn, tags[0], problems)
      : readColumns(source.name, named, header, pathColumn, problems, options);
  },
};

interface CsvRecord {
  readonly fields: readonly string[];
  readonly row: number;
}

/** Parses the file; lines without a value are left out. */
function parseTable(path: string, text: string): { header: readonly string[]; records: CsvRecord[] } {
  // Excel may be told the separator in a line of its own.
  const lines = text.replace(/\r\n?/g, "\n").replace(/^sep=.\n/i, "\n");
  const delimiter = delimiters.find((candidate) => {
    const [header] = parseRecords(path, lines, candidate, 1);
    return header?.fields.some((name) => pathColumns.includes(name.toLowerCase()));
  });
  const [header, ...records] = parseRecords(path, lines, delimiter ?? ",");
  if (header === undefined)
    throw new UserError(`${path} is empty; wanted a header and a row for each picture.`);
  if (delimiter === undefined) {
    const names = header.fields.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
    throw new UserError(
      `${path}: the first line has the columns ${names.join(", ")}${header.fields.length > 8 ? ", …" : ""}; ` +
        `wanted a header in which one is called ${pathColumns.slice(0, -1).join(", ")} or ${pathColumns.at(-1)}.`,
    );
  }
  return { header: header.fields, records };
}

function parseRecords(path: string, text: string, delimiter: string, count?: number): CsvRecord[] {
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      delimiter,
      record_delimiter: "\n",
      to: count,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      on_record(fields, { lines }) {
        // The parser counts lines up to the end of a record, and a quoted field may hold several.
        const inside = fields.reduce((sum, field) => sum + field.split("\n").length - 1, 0);
        if (fields.some((field) => field !== "")) records.push({ fields, row: lines - inside });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const what = quoteProblems[error.code] ?? error.message;
    throw new UserError(`${path}, row ${error.lines}: ${what}`);
  }
  return records;
}

const quoteProblems: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED:
    "the file ends inside a quoted field; a closing quote is missing in this row or before it.",
  INVALID_OPENING_QUOTE:
    'a quote stands in the middle of a field; write the field in quotes and the quote twice ("").',
  CSV_INVALID_CLOSING_QUOTE: "something follows the closing quote of a field; wanted the next field.",
};

/** Only surplus fields that say something are a mistake. */
function surplus(fields: readonly string[], header: readonly string[]): boolean {
  return fields.slice(header.length).some((field) => field !== "");
}

/**
 * The column of tags. What separates them is the same in the whole file, since a label may contain what is
 * not the separator: `|` and `;` if any row has one; else the comma if any row has one; else blanks.
 */
function readTags(
  records: readonly CsvRecord[],
  header: readonly string[],
  pathColumn: number,
  tagColumn: number,
  problems: Problems,
): Table {
  const written = records.map(({ fields }) => fields[tagColumn] ?? "");
  const separator = written.some((tags) => /[|;]/.test(tags))
    ? /[|;]/
    : written.some((tags) => tags.includes(","))
      ? /,/
      : /\s/;
  const tagsOf = written.map((tags, i) => {
    const found = new Set<string>();
    for (const tag of tags.split(separator).map((part) => part.trim())) {
      if (tag !== "" && found.has(tag)) problems.remark(records[i].row, `it has ${tag} twice.`);
      found.add(tag);
    }
    return found;
  });
  const others = header.flatMap((name, column) =>
    name === "" || column === pathColumn || column === tagColumn ? [] : [column],
  );
  const unread = new Set<number>();
  for (const [i, { fields, row }] of records.entries()) {
    tagsOf[i].delete("");
    if (surplus(fields, header)) {
      unread.add(i);
      const counts = `${fields.length} fields where the header has ${header.length}`;
      problems.add(
        row,
        `${counts}; write tags that are separated by the field separator in quotes, or use |.`,
      );
    } else if (tagsOf[i].has("?") || tagsOf[i].has("-1")) {
      unread.add(i);
      problems.add(
        row,
        `${tagsOf[i].has("?") ? "?" : "-1"} is no label, and in a column of tags nothing can be unknown; wanted ` +
          "a column for each label, with 1, 0 and ? in it.",
      );
    } else if (/^\[.*\]$/s.test(written[i])) {
      unread.add(i);
      problems.add(
        row,
        `the tags are written as a list, ${written[i].slice(0, 60)}; wanted them as in cat|dog.`,
      );
    }
  }
  const found = new Set<string>();
  for (const [i, tags] of tagsOf.entries()) if (!unread.has(i)) for (const tag of tags) found.add(tag);
  const labels = [...found].sort();
  const columnOf = new Map(labels.map((label, column) => [label, column]));
  const targets = new TargetsBuilder();
  for (const [i, tags] of tagsOf.entries()) {
    if (unread.has(i)) targets.add(-1, []);
    else
      targets.add(
        0,
        Array.from(tags, (tag) => [columnOf.get(tag) ?? 0, 1] as const),
      );
  }
  const rows = rowsOf(records, header, pathColumn, others, unread);
  return { labels, rows, targets: targets.build(labels.length), otherwise: 0 };
}

/** One column a label. */
function readColumns(
  path: string,
  records: readonly CsvRecord[],
  header: readonly string[],
  pathColumn: number,
  problems: Problems,
  { groupBy }: ReadFormatOptions,
): Table {
  const groups = header.flatMap((name, column) =>
    name === groupBy && column !== pathColumn ? [column] : [],
  );
  const filled = new Set<number>();
  for (const { fields } of records) {
    for (let column = 0; column < fields.length; column++)
      if (header[column] === "" && fields[column]) filled.add(column);
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
  const partly = new Set<number>();
  const odd = new OddValues();
  for (const [i, { fields, row }] of records.entries()) {
    if (fields.length < header.length || surplus(fields, header)) {
      problems.add(row, `${fields.length} fields where the header has ${header.length}.`);
      partly.add(i);
      targets.add(-1, []);
      continue;
    }
    for (const [j, column] of columns.entries()) {
      const target = parseTarget(fields[column]);
      values[j] = target ?? -1;
      if (target !== undefined) continue;
      partly.add(i);
      odd.add(header[column], row, JSON.stringify(fields[column]));
    }
    targets.addDense(values);
  }
  odd.tell(
    problems,
    "column",
    "1, 0, a number between them, or empty, ?, u or -1 for unknown. " +
      "A column that lists labels is called labels; one that is no label must go.",
  );
  return {
    labels,
    rows: rowsOf(records, header, pathColumn, groups, partly),
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

/**
 * @param others the columns that say something else of the picture
 * @param partly the indices of records that could be read in part only
 */
function rowsOf(
  records: readonly CsvRecord[],
  header: readonly string[],
  pathColumn: number,
  others: readonly number[],
  partly: ReadonlySet<number>,
): Row[] {
  return records.map(({ fields, row }, i) => {
    const read = { name: fields[pathColumn], row, partly: partly.has(i) };
    if (others.length === 0) return read;
    return {
      ...read,
      fields: Object.fromEntries(others.map((column) => [header[column], fields[column] ?? ""])),
    };
  });
}
