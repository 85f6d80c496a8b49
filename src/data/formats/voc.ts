// Pascal VOC: a file of XML for each picture; a picture has the labels of the objects in it.
//
//   VOC/Annotations/a.xml      <annotation><filename>a.jpg</filename>
//   VOC/JPEGImages/a.jpg         <object><name>cat</name><difficult>0</difficult></object></annotation>
//
// A label of which there are only difficult objects is unknown, as in VOC's own measures. The files may also
// stand beside their pictures. A list of ImageSets/Main names the pictures of a part: name that file instead
// of the folder. Tools write names without their endings, or keep those that pictures had before: where there is
// no such file, the picture is the one that is called as the XML is.
import { dirname, join, posix, resolve } from "node:path";
import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";
import { UserError } from "../../base/errors.js";
import { inTurns } from "../../base/limited-concurrency.js";
import { readRegular } from "../../base/regular-file.js";
import type { Content, FolderContent, Format, Table } from "./format.js";
import { isObject, type JsonObject } from "./json.js";
import { findBase, PictureFinder, slashes } from "./locate.js";
import type { Problems } from "./problems.js";
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
  holds: { unknown: true, soft: false, unused: false, groups: false },
  writer: { kind: "folder", write },
  async recognises(source) {
    if (!source.isFolder) return imageSetRoot(source.path) !== undefined;
    const { folders } = await source.entries();
    if (folders.includes(annotations)) return true;
    const lower = folders.find((folder) => isOwn(`${folder}/`));
    const inside = lower === undefined ? source : await openSource(join(source.path, lower));
    const first = (await inside.entries()).files.find(isXml);
    if (first === undefined) return false;
    return (await (await openSource(join(inside.path, first))).head()).search(/<annotation[\s>]/) >= 0;
  },
  read,
};

function isXml(file: string): boolean {
  return file.toLowerCase().endsWith(".xml");
}

/** Whether a file is in the folder of annotations, which not everybody writes with a capital. */
function isOwn(file: string): boolean {
  return file.toLowerCase().startsWith(`${annotations.toLowerCase()}/`);
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
  const own = all.filter(isOwn);
  const files = await chosen(source, own.length > 0 ? own : all, problems);
  const parsed = await inTurns(files, (file) => parse(join(root.path, file)));
  const found = parsed.flatMap((annotation, i) => {
    const file = files[i];
    const written = typeof annotation === "string" ? "" : textOf(annotation.filename);
    if (typeof annotation === "string" || written === "") {
      const wrong = typeof annotation === "string" ? annotation : "it has no filename";
      problems.leaveOut(file, `${wrong}; wanted Pascal VOC's XML.`);
      return [];
    }
    // Relative to the folder of the file itself, or to the same place among the pictures.
    const called = (own.length > 0 ? file.slice(annotations.length + 1) : file).slice(0, -".xml".length);
    return [{ annotation, name: posix.join(dirname(called), slashes(written)), called, row: i + 1 }];
  });
  const pictures = new PictureFinder();
  const names = found.map(({ name }) => name);
  // Other folders may hold masks that are called as the pictures are, but for their endings.
  const base =
    (await findBase(root.path, names)) ??
    (await findBase(
      root.path,
      found.flatMap(({ name, called }) => [name, called]),
      { exists: async (path) => (await pictures.at(path)) !== undefined },
    )) ??
    root.path;
  const builder = new TableBuilder();
  for (const { annotation, name, called, row } of found) {
    const objects = Array.isArray(annotation.object) ? annotation.object.filter(isObject) : [];
    const there = new Set<string>();
    const difficult = new Set<string>();
    const partly = objects.some((object) => textOf(object.name) === "");
    if (partly) problems.add(files[row - 1], "an object has no name.");
    for (const object of objects) {
      const label = textOf(object.name);
      if (label !== "") (textOf(object.difficult) === "1" ? difficult : there).add(label);
    }
    const written = resolve(base, name);
    const path = (await pictures.at(written)) ?? (await pictures.at(resolve(base, called))) ?? written;
    builder.add({ name, row, path, partly }, { there, unknown: difficult, others: partly ? -1 : 0 });
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
    if (file === undefined && id !== "") problems.leaveOut(i + 1, `there is no ${annotations}/${id}.xml.`);
    return file ?? [];
  });
}

/** The file's annotation, or what is wrong with it. */
async function parse(path: string): Promise<JsonObject | string> {
  const bytes = await readRegular(path);
  try {
    const text = decodeText(bytes, "it");
    const valid = XMLValidator.validate(text);
    if (valid !== true) return `it is not whole XML, from line ${valid.err.line} on`;
    const { annotation } = parser.parse(text) as JsonObject;
    return isObject(annotation) ? annotation : "it has no annotation";
  } catch (error) {
    if (error instanceof UserError) return "it is not text in UTF-8";
    // The parser has no class of its own for what it refuses: external entities, names such as __proto__, deep nesting.
    return `it is XML that is not read here (${error instanceof Error ? error.message : String(error)})`;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

function write(content: Content, names: readonly string[]): FolderContent {
  const wrong = content.labels.filter(
    (label) => label !== label.trim() || label === "" || /\p{Cc}/u.test(label),
  );
  if (wrong.length > 0) {
    throw new UserError(
      `The label ${JSON.stringify(wrong[0])} cannot be written as XML that reads the same. A name there neither ` +
        "begins nor ends with a blank, nor holds control characters; rename it.",
    );
  }
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
