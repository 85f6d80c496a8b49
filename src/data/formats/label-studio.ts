// Label Studio: its JSON export, a list of tasks with a picture each and what annotators said of it.
//
//   [{ "id": 7, "data": { "image": "/data/upload/1/3f2a-a.jpg" },
//      "annotations": [{ "result": [{ "from_name": "tags", "type": "choices",
//                                     "value": { "choices": ["cat", "dog"] } }] }] }]
//
// A label is there if an annotator chose it or drew a region of it, and absent if not. It is unknown where
// annotators disagree, where nobody has annotated the task (or the annotation was skipped), and where a
// control called `unknown` or `unsure` names it. An annotation marked as ground truth counts alone.
import { basename, resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import type { Content, Format, Table } from "./format.js";
import { fieldsOf, isObject, type JsonObject, objectsOf, parseJson } from "./json.js";
import { findBase, slashes } from "./locate.js";
import type { Problems } from "./problems.js";
import type { Source } from "./source.js";
import { type Marks, TableBuilder } from "./table.js";
import { groupOf, pathFrom, presentOf, unknownOf } from "./written.js";

export const labelStudio: Format = {
  name: "label-studio",
  description: "Label Studio's JSON export: a list of tasks with annotations",
  holds: { unknown: true, soft: false, unused: false, groups: true },
  writer: { kind: "file", ending: ".json", write },
  recognises: async (source) =>
    source.path.toLowerCase().endsWith(".json") && (await source.head()).startsWith("["),
  read,
};

async function read(source: Source, problems: Problems): Promise<Table> {
  const json = parseJson(await source.text(), source.name);
  const tasks = objectsOf(json);
  if (!Array.isArray(json) || tasks.some(({ data }) => !isObject(data))) {
    throw new UserError(
      `${source.name} is no list of tasks with data and annotations; in Label Studio, export as JSON (not JSON-MIN).`,
    );
  }
  const builder = new TableBuilder();
  const named = tasks.flatMap((task, i) => {
    const image = pictureOf(task.data as JsonObject);
    if (image !== undefined) return [{ task, image, row: i + 1 }];
    problems.leaveOut(i + 1, "the task's data names no picture; wanted its path under image.");
    return [];
  });
  const names = named.map(({ image }) => localPath(image));
  const base = (await findBase(source.folder, names, { file: basename(source.path) })) ?? source.folder;
  for (const [i, { task, image, row }] of named.entries()) {
    const path = /^[a-z][a-z0-9+.-]+:\/\//i.test(names[i]) ? undefined : resolve(base, slashes(names[i]));
    builder.add({ name: image, row, path, fields: fieldsOf(task.data as JsonObject) }, marksOf(task));
  }
  return builder.table(0);
}

/** Keys that hold a picture, the likeliest first. */
const pictureKeys = ["image", "img", "picture", "photo", "file", "url"];

/** The text in the data whose key, or else whose value, is that of a picture. */
function pictureOf(data: JsonObject): string | undefined {
  const texts = new Map(
    Object.entries(data).flatMap(([key, value]) =>
      typeof value === "string" && value.trim() !== "" ? [[key.toLowerCase(), value.trim()] as const] : [],
    ),
  );
  const key = pictureKeys.find((candidate) => texts.has(candidate));
  if (key !== undefined) return texts.get(key);
  return [...texts.values()].find((value) => /\.(jpe?g|png|webp|gif|tiff?|avif|bmp)($|\?)/i.test(value));
}

/**
 * Uploads are at /data/upload/PROJECT/FILE (older ones without the project), files of the server at
 * /data/local-files/?d=PATH, and both may follow the server's address.
 */
function localPath(image: string): string {
  const [, upload] = /(?:^|\/)data\/upload\/(?:\d+\/)?([^?]+)/.exec(image) ?? [];
  const [, local] = /(?:^|\/)data\/local-files\/\?d=([^&]+)/.exec(image) ?? [];
  if (upload === undefined && local === undefined) return image;
  try {
    return decodeURIComponent(upload ?? local);
  } catch {
    return upload ?? local;
  }
}

function marksOf(task: JsonObject): Marks {
  const valid = objectsOf(task.annotations).filter((annotation) => annotation.was_cancelled !== true);
  const truth = valid.filter((annotation) => annotation.ground_truth === true);
  const opinions = (truth.length > 0 ? truth : valid).map(opinionOf);
  if (opinions.length === 0) return { there: [], others: -1 };
  const named = new Set(opinions.flatMap(({ there }) => [...there]));
  const agreed = [...named].filter((label) => opinions.every(({ there }) => there.has(label)));
  const doubted = opinions.flatMap(({ unknown }) => [...unknown]);
  return { there: agreed, unknown: [...doubted, ...named] };
}

/** What one annotation says: the labels of its choices and regions, and those that it is not sure of. */
function opinionOf({ result }: JsonObject): { there: Set<string>; unknown: Set<string> } {
  const there = new Set<string>();
  const unknown = new Set<string>();
  for (const { from_name: control, type, value } of objectsOf(result)) {
    if (typeof type !== "string" || !isObject(value) || !/^(choices|taxonomy|.*labels)$/.test(type)) continue;
    const into = typeof control === "string" && /^(unknown|unsure)$/i.test(control) ? unknown : there;
    const labels = Array.isArray(value[type]) ? value[type].flat(2) : [];
    for (const label of labels) if (typeof label === "string" && label !== "") into.add(label);
  }
  for (const label of there) unknown.delete(label);
  return { there, unknown };
}

function write(content: Content, folder: string): string {
  const { labels, pictures } = content;
  const choice = (control: string, columns: readonly number[]) =>
    columns.length === 0
      ? []
      : [
          {
            from_name: control,
            to_name: "image",
            type: "choices",
            value: { choices: columns.map((column) => labels[column]) },
          },
        ];
  const marks = pictures.map((_, i) => ({ there: presentOf(content, i), unknown: unknownOf(content, i) }));
  const open = marks.map(({ unknown }) => unknown.length === labels.length);
  const named = new Set(marks.flatMap(({ there, unknown }, i) => (open[i] ? [] : [...there, ...unknown])));
  // A task of which nothing is known is one that has not been annotated, save where labels would be named nowhere.
  const naming = named.size < labels.length ? open.indexOf(true) : -1;
  const tasks = pictures.map(({ path }, i) => {
    const { there, unknown } = marks[i];
    const result = [...choice("labels", there), ...choice("unknown", unknown)];
    const image = `/data/local-files/?d=${encodeURIComponent(pathFrom(folder, path))}`;
    return {
      id: i + 1,
      data: { image, ...groupOf(content, i) },
      annotations: open[i] && i !== naming ? [] : [{ result }],
    };
  });
  return `[${tasks.map((task) => `\n${JSON.stringify(task)}`).join(",")}\n]\n`;
}
