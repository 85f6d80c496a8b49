// COCO: one JSON file with images, categories and annotations; an image has the labels of its annotations.
//
//   { "images": [{ "id": 1, "file_name": "a.jpg" }],
//     "categories": [{ "id": 3, "name": "cat" }],
//     "annotations": [{ "id": 1, "image_id": 1, "category_id": 3 }] }
//
// Unknown labels are told as LVIS tells them: an image with `neg_category_ids` is known to lack these, and
// nothing is known of categories that it neither has nor lists there; without that key all that has no
// annotation is absent, save the image's `not_exhaustive_category_ids`.
import { basename, resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import type { Content, Format, Table } from "./format.js";
import { fieldsOf, type JsonObject, objectsOf, parseJson, shown } from "./json.js";
import { findBase, slashes } from "./locate.js";
import type { Problems } from "./problems.js";
import { decodeText, type Source } from "./source.js";
import { TableBuilder } from "./table.js";
import { without } from "./without.js";
import { absentOf, groupOf, pathFrom, presentOf, unknownOf } from "./written.js";

export const coco: Format = {
  name: "coco",
  description: "a .json file with images, categories and annotations",
  holds: { unknown: true, soft: false, unused: true, groups: true },
  writer: { kind: "file", ending: ".json", write },
  // COCO and what is like it is an object; the other JSON that we read is a list.
  recognises: async (source) =>
    source.path.toLowerCase().endsWith(".json") && (await source.head()).startsWith("{"),
  read,
};

async function read(source: Source, problems: Problems): Promise<Table> {
  // Outlines are most of such a file, and beyond what a string can hold in the larger ones.
  const bytes = without(await source.bytes(), "segmentation");
  const json = parseJson(decodeText(bytes, source.name), source.name) as JsonObject | null;
  for (const key of ["images", "categories", "annotations"]) {
    if (Array.isArray(json?.[key])) continue;
    throw new UserError(
      `${source.name} has no list ${key}; wanted COCO's JSON with images, categories and annotations.`,
    );
  }
  const { images, categories, annotations } = json ?? {};
  const nameOf = categoryNames(objectsOf(categories), problems);
  const rowOf = new Map<unknown, number>();
  const found = objectsOf(images);
  const partly = new Set<number>();
  const twins = new Set<number>();
  for (const [i, { id }] of found.entries()) {
    const other = rowOf.get(id);
    if (other !== undefined) {
      problems.add(i + 1, `two images have the id ${shown(id)}; each needs one of its own.`);
      twins.add(other).add(i);
    }
    rowOf.set(id, i);
  }
  const there: Set<string>[] = found.map(() => new Set());
  for (const [i, annotation] of objectsOf(annotations).entries()) {
    const row = rowOf.get(annotation.image_id);
    const label = nameOf.get(annotation.category_id);
    if (row === undefined) {
      problems.add(`annotation ${shown(annotation.id ?? i + 1)}`, "its image_id is that of no image.");
    } else if (label === undefined) {
      problems.add(
        row + 1,
        `an annotation has the category_id ${shown(annotation.category_id)}, which no category has.`,
      );
      partly.add(row);
    } else if (!twins.has(row)) there[row].add(label);
  }
  const names = found.map(fileName).filter((name) => name !== "");
  const base = (await findBase(source.folder, names, { file: basename(source.path) })) ?? source.folder;
  const builder = new TableBuilder([...new Set(nameOf.values())]);
  for (const [i, image] of found.entries()) {
    const name = fileName(image);
    if (name === "") {
      problems.leaveOut(i + 1, "the image has no file_name; wanted the path of a picture.");
      continue;
    }
    const labelsOf = (ids: unknown) =>
      Array.isArray(ids) ? ids.flatMap((id) => nameOf.get(id) ?? []) : undefined;
    const negative = labelsOf(image.neg_category_ids);
    const row = {
      name,
      row: i + 1,
      path: resolve(base, slashes(name)),
      partly: partly.has(i) || twins.has(i),
    };
    builder.add(
      { ...row, fields: fieldsOf(image, ["file_name"]) },
      {
        there: there[i],
        absent: negative,
        unknown: labelsOf(image.not_exhaustive_category_ids),
        others: negative === undefined && !row.partly ? 0 : -1,
      },
    );
  }
  return builder.table(-1);
}

/** LVIS has an address instead, whose end is the file's folder and name. */
function fileName({ file_name: name, coco_url: url }: JsonObject): string {
  if (typeof name === "string") return name.trim();
  return typeof url === "string" ? url.split("/").slice(-2).join("/") : "";
}

function categoryNames(categories: readonly JsonObject[], problems: Problems): Map<unknown, string> {
  const nameOf = new Map<unknown, string>();
  const used = new Set<string>();
  for (const [i, { id, name: written }] of categories.entries()) {
    const name = typeof written === "number" ? String(written) : written;
    if (typeof name !== "string" || name === "") {
      problems.add(`category ${shown(id ?? i + 1)}`, "it has no name.");
      continue;
    }
    if (used.has(name))
      problems.add(`category ${shown(id)}`, `another one is called ${name} too; make one of them.`);
    used.add(name);
    nameOf.set(id, name);
  }
  return nameOf;
}

function write(content: Content, folder: string): string {
  const { labels, pictures } = content;
  const ids = (columns: readonly number[]) => columns.map((column) => column + 1);
  const images = pictures.map(({ path }, i) => {
    const image = { ...groupOf(content, i), id: i + 1, file_name: pathFrom(folder, path) };
    if (unknownOf(content, i).length === 0) return image;
    return { ...image, neg_category_ids: ids(absentOf(content, i)), not_exhaustive_category_ids: [] };
  });
  const annotations = pictures.flatMap((_, i) =>
    ids(presentOf(content, i)).map((category) => ({ image_id: i + 1, category_id: category })),
  );
  const lines = (items: readonly object[]) => items.map((item) => `\n  ${JSON.stringify(item)}`).join(",");
  return (
    `{"images": [${lines(images)}\n],\n"categories": [${lines(labels.map((name, i) => ({ id: i + 1, name })))}\n],\n` +
    `"annotations": [${lines(annotations.map((annotation, i) => ({ id: i + 1, ...annotation })))}\n]}\n`
  );
}
