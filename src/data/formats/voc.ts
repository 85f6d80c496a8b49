// Pascal VOC: a file of XML for each picture; a picture has the labels of the objects in it.
//
//   VOC/Annotations/a.xml      <annotation><filename>a.jpg</filename>
//   VOC/JPEGImages/a.jpg         <object><name>cat</name><difficult>0</difficult></object></annotation>
//
// A label of which there are only difficult objects is unknown, as in VOC's own measures. The files may also
// stand beside their pictures. A list of ImageSets/Main names the pictures of a part: name that file instead
// of the folder.

import { readFile } from "node:fs/promises";
import { dirname, join, posix, resolve } from "node:path";
import { XMLBuilder, XMLParser } from "fast-xml-parser";
import { UserError } from "../../base/errors.js";
import { inTurns } from "../in-turns.js";
import type { Problems } from "../problems.js";
import type { Content, FolderContent, Format, Table } from "./format.js";
import { isObject, type JsonObject } from "./json.js";
import { findBase, slashes } from "./locate.js";
import { decodeText, openSource, type Source } from "./source.js";
import { TableBuilder } from "./table.js";
import { presentOf, unknownOf } from "./written.js";

const annotations = "Annotations";
const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === "object",
  processEntities: true,
});

export const voc: Format = {
  name: "voc",
  description: "Pascal VOC: a folder with Annotations/*.xml and JPEGImages, or a list in its ImageSets",
  holds: { unknown: true, soft: false, unused: false },
  writer: { kind: "folder", write },
  async recognises(source) {
    if (!source.isFolder) return imageSetRoot(source.path) !== undefined;
    const { folders, files } = await source.entries();
    if (folders.includes(annotations)) return true;
    const first = files.find(isXml);
    if (first === undefined) return false;
    return (await (await openSource(join(source.path, first))).head()).includes("<annotation");
  },
  read,
};

function isXml(file: string): boolean {
  return file.toLowerCase().endsWith(".xml");
}

/** The folder above ImageSets, for a list in it. */
function imageSetRoot(path: string): string | undefined {
  const parts = slashes(path).split("/");
  const at = parts.lastIndexOf("ImageSets");
  return at > 0 && path.endsWith(".txt") ? parts.slice(0, at).join("/") : undefined;
}

async function read(source: Source, problems: Problems): Promise<Table> {
  const root = source.isFolder ? source : await openSource(imageSetRoot(source.path) ?? source.path);
  if (!root.isFolder) {
    throw new UserError(
      `${source.name} is a file; wanted a folder with ${annotations}, or a list in ImageSets.`,
    );
  }
  const all = (await root.files()).filter(isXml);
  const own = all.filter((file) => file.startsWith(`${annotations}/`));
  const files = await chosen(source, own.length > 0 ? own : all, problems);
  const found = (
    await inTurns(files, async (file, i) => {
      const annotation = await parse(join(root.path, file), file, problems);
      const written = annotation && textOf(annotation.filename);
      if (annotation && !written) problems.add(file, "it has no filename; wanted that of its picture.");
      // Relative to the folder of the file itself, or to the same place among the pictures.
      const folder = dirname(own.length > 0 ? file.slice(annotations.length + 1) : file);
      return annotation && written
        ? [{ annotation, name: posix.join(folder, slashes(written)), row: i + 1 }]
        : [];
    })
  ).flat();
  const base = await findBase(
    root.path,
    found.map(({ name }) => name),
  );
  const builder = new TableBuilder();
  for (const { annotation, name, row } of found) {
    const objects = Array.isArray(annotation.object) ? annotation.object.filter(isObject) : [];
    const there = new Set<string>();
    const difficult = new Set<string>();
    for (const object of objects) {
      const label = textOf(object.name);
      if (label === "") problems.add(files[row - 1], "an object has no name.");
      else (textOf(object.difficult) === "1" ? difficult : there).add(label);
    }
    builder.add({ name, row, path: resolve(base, name) }, { there, unknown: difficult });
  }
  return builder.table(0);
}

/** The files of the pictures that a list of ImageSets names, or all. */
async function chosen(
  source: Source,
  files: readonly string[],
  problems: Problems,
): Promise<readonly string[]> {
  if (source.isFolder) return files;
  const fileOf = new Map(files.map((file) => [posix.basename(file).slice(0, -4), file]));
  const lines = (await source.text()).split(/\r?\n/);
  return lines.flatMap((line, i) => {
    const [id] = line.trim().split(/\s+/);
    const file = fileOf.get(id);
    if (file === undefined && id !== "") problems.add(i + 1, `there is no ${annotations}/${id}.xml.`);
    return file ?? [];
  });
}

async function parse(path: string, file: string, problems: Problems): Promise<JsonObject | undefined> {
  const text = decodeText(await readFile(path), file);
  try {
    const { annotation } = parser.parse(text, true) as JsonObject;
    if (isObject(annotation)) return annotation;
    problems.add(file, "it has no annotation; wanted Pascal VOC's XML.");
  } catch (error) {
    problems.add(file, `it is not XML: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

function write(content: Content, names: readonly string[]): FolderContent {
  const builder = new XMLBuilder({ format: true });
  const texts = names.map((name, i): [string, string] => {
    const object = (difficult: 0 | 1) => (column: number) => ({ name: content.labels[column], difficult });
    const annotation = {
      folder: posix.join("JPEGImages", posix.dirname(name)),
      filename: posix.basename(name),
      object: [...presentOf(content, i).map(object(0)), ...unknownOf(content, i).map(object(1))],
    };
    const stem = name.slice(0, name.length - posix.extname(name).length);
    return [`${annotations}/${stem}.xml`, builder.build({ annotation })];
  });
  return { texts: new Map(texts), copies: names.map((name, i) => [i, `JPEGImages/${name}`] as const) };
}
