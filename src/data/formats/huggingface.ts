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
import { fieldsOf, isObject, type JsonObject, parseJson } from "./json.js";
import { slashes } from "./locate.js";
import { OddValues } from "./odd-values.js";
import type { Problems } from "./problems.js";
import { openSource, type Source } from "./source.js";
import { TableBuilder } from "./table.js";
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
    const key = labelKeys.find((candidate) => lines.some(({ json }) => candidate in json));
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
      const found = JSON.stringify(odd[0]).slice(0, 60);
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

/** The names in a value, and what in it is none. */
function namesIn(value: unknown): { labels: string[]; odd: unknown[] } {
  if (Array.isArray(value)) {
    const parts = value.map(namesIn);
    return { labels: parts.flatMap(({ labels }) => labels), odd: parts.flatMap(({ odd }) => odd) };
  }
  if (isObject(value)) {
    const key = nameKeys.find((candidate) => candidate in value);
    if (key !== undefined) return namesIn(value[key] ?? []);
  }
  return typeof value === "string" && value !== ""
    ? { labels: [value], odd: [] }
    : { labels: [], odd: [value] };
}

/** A key for each label. */
function readColumns(
  file: Source,
  lines: readonly Line[],
  problems: Problems,
  { groupBy }: ReadFormatOptions,
): Table {
  const except = [...pathKeys, groupBy];
  const labels = [...new Set(lines.flatMap(({ json }) => Object.keys(json)))].filter(
    (key) => !except.includes(key),
  );
  if (labels.length === 0) {
    throw new UserError(`${file.name} has no label; wanted the key labels, or a key for each label.`);
  }
  const targets = new Float32Array(lines.length * labels.length);
  const odd = new OddValues();
  const rows = lines.map(({ json, row, name }, i) => {
    let partly = false;
    for (const [j, label] of labels.entries()) {
      const target = targetOf(json[label]);
      targets[i * labels.length + j] = target ?? -1;
      if (target !== undefined) continue;
      partly = true;
      odd.add(label, row, JSON.stringify(json[label]));
    }
    const fields = fieldsOf(json, [...pathKeys, ...labels]);
    return { name, row, path: resolve(file.folder, slashes(name)), fields, partly };
  });
  odd.tell(
    problems,
    "key",
    "1, 0, a number between them, or null for unknown. " +
      "A key that lists labels is called labels; one that is no label must go.",
  );
  return { labels, rows, targets, otherwise: -1 };
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
