// Hugging Face's imagefolder: pictures and, beside them, metadata.jsonl with a line of JSON for each.
//
//   {"file_name": "a.jpg", "labels": ["cat", "dog"]}      or      {"file_name": "a.jpg", "cat": 1, "dog": null}
//   {"file_name": "b.jpg", "labels": []}                          {"file_name": "b.jpg", "cat": 0, "dog": 1}
//
// The labels may stand under labels, tags, label, tag, categories, or as those of objects, each of them an
// object with its category or label, or all in one object with lists. `null` is unknown: for all labels of the
// picture in the first shape, for one in the second.
import { join, resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import type { Content, FolderContent, Format, ReadFormatOptions, Table } from "./format.js";
import { fieldsOf, isObject, type JsonObject, parseJson, shown } from "./json.js";
import { slashes } from "./locate.js";
import { OddValues } from "./odd-values.js";
import type { Problems } from "./problems.js";
import { openSource, type Source } from "./source.js";
import { TableBuilder } from "./table.js";
import { TargetsBuilder } from "./targets.js";
import { groupOf, isListable, presentOf, shortest } from "./written.js";

const fileName = "metadata.jsonl";
const pathKeys = ["file_name", "image", "file", "filename", "path"];
const labelKeys = ["labels", "tags", "label", "tag", "categories", "objects"];
/** What holds the names in an object that says more of a thing. */
const nameKeys = ["categories", "category", "labels", "label"];

interface Line {
  readonly json: JsonObject;
  readonly row: number;
  readonly name: string;
}

export const huggingface: Format = {
  name: "huggingface",
  description: "a folder of pictures with metadata.jsonl, a line {file_name, labels} for each",
  holds: { unknown: true, soft: true, unused: true, groups: true },
  writer: { kind: "folder", write },
  recognises: async (source) =>
    source.isFolder
      ? (await source.entries()).files.includes(fileName)
      : source.path.toLowerCase().endsWith(".jsonl"),
  async read(source, problems, options) {
    const file = source.isFolder ? await openSource(join(source.name, fileName)) : source;
    const lines = readLines(await file.text(), problems);
    if (lines.length === 0) return new TableBuilder().table(0);
    const key = labelKeys.find((candidate) => lines.some(({ json }) => Object.hasOwn(json, candidate)));
    return key === undefined
      ? readColumns(file, lines, problems, options)
      : readLabels(lines, key, problems, file.folder);
  },
};

function readLines(text: string, problems: Problems): Line[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    try {
      const json = parseJson(line, "it");
      const key = isObject(json)
        ? pathKeys.find((candidate) => typeof json[candidate] === "string")
        : undefined;
      const name = isObject(json) && key !== undefined ? String(json[key]).trim() : "";
      if (isObject(json) && name !== "") return { json, row: i + 1, name };
      problems.leaveOut(i + 1, "the line has no file_name; wanted the path of a picture.");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.leaveOut(i + 1, error.message);
    }
    return [];
  });
}

/** Lists of labels, all under one key. */
function readLabels(lines: readonly Line[], key: string, problems: Problems, folder: string): Table {
  const builder = new TableBuilder();
  for (const { json, row, name } of lines) {
    const { labels, odd } = namesIn(json[key] ?? []);
    const partly = odd.length > 0;
    if (partly) {
      const found = shown(odd[0]);
      const numbers =
        typeof odd[0] === "number" ? " The numbers of a ClassLabel stand for names: write these." : "";
      problems.add(row, `${key} holds ${found}; wanted the names of labels, as texts.${numbers}`);
    }
    const fields = fieldsOf(json, [...pathKeys, key]);
    const others = json[key] === null || partly ? -1 : 0;
    builder.add(
      { name, row, path: resolve(folder, slashes(name)), fields, partly },
      { there: labels, others },
    );
  }
  return builder.table(0);
}

/** How deep lists and objects of labels may lie in each other. */
const deepest = 8;

/** The names in a value, and what in it is none. */
function namesIn(value: unknown): { labels: string[]; odd: unknown[] } {
  const labels: string[] = [];
  const odd: unknown[] = [];
  const look = (part: unknown, depth: number): void => {
    const key = isObject(part) ? nameKeys.find((candidate) => Object.hasOwn(part, candidate)) : undefined;
    if (typeof part === "string" && part !== "") labels.push(part);
    else if (depth === deepest) odd.push(part);
    else if (Array.isArray(part)) for (const item of part) look(item, depth + 1);
    else if (isObject(part) && key !== undefined) look(part[key] ?? [], depth + 1);
    else odd.push(part);
  };
  look(value, 0);
  return { labels, odd };
}

/** A key for each label. */
function readColumns(
  file: Source,
  lines: readonly Line[],
  problems: Problems,
  { groupBy }: ReadFormatOptions,
): Table {
  const except = [...pathKeys, groupBy];
  const keys = new Set<string>();
  for (const { json } of lines) for (const key of Object.keys(json)) keys.add(key);
  const labels = [...keys].filter((key) => !except.includes(key));
  if (labels.length === 0) {
    throw new UserError(`${file.name} has no label; wanted the key labels, or a key for each label.`);
  }
  const columnOf = new Map(labels.map((label, column) => [label, column]));
  const targets = new TargetsBuilder();
  const odd = new OddValues();
  const rows = lines.map(({ json, row, name }) => {
    let partly = false;
    const named: [number, number][] = [];
    for (const [key, value] of Object.entries(json)) {
      const column = columnOf.get(key);
      if (column === undefined) continue;
      const target = targetOf(value);
      named.push([column, target ?? -1]);
      if (target !== undefined) continue;
      partly = true;
      odd.add(key, row, shown(value));
    }
    targets.add(-1, named);
    const fields = fieldsOf(json, pathKeys, columnOf);
    return { name, row, path: resolve(file.folder, slashes(name)), fields, partly };
  });
  odd.tell(
    problems,
    "key",
    "1, 0, a number between them, or null for unknown. " +
      "A key that lists labels is called labels; one that is no label must go.",
  );
  return { labels, rows, targets: targets.build(labels.length), otherwise: -1 };
}

/** A target, or undefined if it is none. */
function targetOf(value: unknown): number | undefined {
  if (value === null || value === undefined || value === -1) return -1;
  if (typeof value === "boolean") return Number(value);
  return typeof value === "number" && value >= 0 && value <= 1 ? value : undefined;
}

function write(content: Content, names: readonly string[]): FolderContent {
  const { labels, targets } = content;
  const listed = isListable(content);
  const clash = labels.find((label) => [...pathKeys, ...labelKeys].includes(label));
  if (!listed && clash !== undefined) {
    throw new UserError(`A label is called ${clash}, which this format needs for something else; rename it.`);
  }
  const lines = names.map((name, i) => {
    const own = { file_name: name, ...groupOf(content, i) };
    if (listed) return { ...own, labels: presentOf(content, i).map((column) => labels[column]) };
    const row = targets.subarray(i * labels.length, (i + 1) * labels.length);
    const values = Array.from(row, (target) => (target < 0 ? null : shortest(target)));
    return { ...own, ...Object.fromEntries(labels.map((label, j) => [label, values[j]])) };
  });
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  return { texts: new Map([[fileName, text]]), copies: names.map((name, i) => [i, name] as const) };
}
