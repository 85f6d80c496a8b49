// YOLO: a text file for each picture with a line for each thing in it, and a file with the names.
//
//   yolo/data.yaml             names: [cat, dog]              (or classes.txt, obj.names: a name a line)
//   yolo/images/a.jpg
//   yolo/labels/a.txt          0 0.5 0.5 0.2 0.3              (the number of the name; then where it is)
//
// The text file stands under labels where the picture is under images, or else beside it. A picture without one
// shows nothing of what has a name. Of a data set in parts name one: the folder yolo/images/train, or the list
// yolo/train.txt, which has the path of a picture a line.
import { readdir } from "node:fs/promises";
import { join, posix, relative, resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import { inTurns } from "../../base/limited-concurrency.js";
import { readRegular } from "../../base/regular-file.js";
import type { Content, FolderContent, Format, Table } from "./format.js";
import { findBase, slashes } from "./locate.js";
import type { Problems } from "./problems.js";
import { isPictureName, type Source } from "./source.js";
import { TableBuilder } from "./table.js";
import { presentOf, refuseUnfindable } from "./written.js";
import { findNames, readNames } from "./yolo-names.js";

/** Pictures that are looked at to recognise the format. */
const tried = 200;

export const yolo: Format = {
  name: "yolo",
  description:
    "YOLO: a folder with data.yaml or classes.txt, pictures, and a .txt for each, or a list of the pictures",
  holds: { unknown: false, soft: false, unused: true, groups: false },
  writer: { kind: "folder", write },
  async recognises(source) {
    if (!source.isFolder && !(await isList(source))) return false;
    if ((await findNames(source.folder)).length === 0) return false;
    if (!source.isFolder) return true;
    const pictures = (await source.files()).filter(isPictureName);
    const step = Math.ceil(pictures.length / tried);
    const some = pictures.filter((_, i) => i % step === 0);
    const found = await inTurns(some, (file) => readLabels(join(source.path, file)));
    return found.some(({ text }) => text !== undefined);
  },
  read,
};

async function read(source: Source, problems: Problems): Promise<Table> {
  const found = await findNames(source.folder);
  if (found.length === 0) {
    throw new UserError(
      `${source.name} holds no names; wanted data.yaml, classes.txt or obj.names in this folder or above it.`,
    );
  }
  const names = await readNames(found);
  const pictures = await (source.isFolder ? picturesIn(source) : picturesListed(source));
  const paths = pictures.map(({ path }) => path);
  const read = await inTurns(paths, readLabels);
  const fromHere = (place: string) => slashes(relative(source.folder, place));
  // What belongs to no picture of a list may belong to one of another.
  if (source.isFolder) problems.strays.push(...(await strays(paths)).map(fromHere));
  const builder = new TableBuilder(names);
  for (const [i, picture] of pictures.entries()) {
    const there = new Set<string>();
    let partly = false;
    const { place, text = "" } = read[i];
    for (const [at, line] of text.split("\n").entries()) {
      if (line.trim() === "") continue;
      const written = line.trim().split(/\s+/)[0];
      const label = /^\d+$/.test(written) ? names[Number(written)] : undefined;
      if (label !== undefined) there.add(label);
      else {
        const wanted = `wanted the number of one of the ${names.length} names, from 0`;
        partly = true;
        problems.add(fromHere(place), `line ${at + 1} begins with ${written.slice(0, 20)}; ${wanted}.`);
      }
    }
    builder.add({ ...picture, partly }, { there, others: partly ? -1 : 0 });
  }
  return builder.table(-1);
}

interface Listed {
  readonly name: string;
  readonly path: string;
  readonly row: number;
}

async function picturesIn(source: Source): Promise<Listed[]> {
  const files = (await source.files()).filter(isPictureName);
  return files.map((name, i) => ({ name, path: join(source.path, name), row: i + 1 }));
}

/** Whether a file lists pictures, by its first line. */
async function isList(source: Source): Promise<boolean> {
  if (!source.path.toLowerCase().endsWith(".txt")) return false;
  return isPictureName((await source.head()).split("\n")[0].trim());
}

/** The pictures of a list. Darknet's begin with `data/`, the folder that it runs in. */
async function picturesListed(source: Source): Promise<Listed[]> {
  const lines = (await source.text()).split("\n").map((line) => line.trim());
  const names = lines.filter((line) => line !== "");
  const base = await findBase(source.folder, names);
  return lines.flatMap((name, i) => {
    if (name === "") return [];
    const inside = base === undefined ? slashes(name).replace(/^data\//, "") : slashes(name);
    return { name, path: resolve(base ?? source.folder, inside), row: i + 1 };
  });
}

/** Where a picture's file of labels may be: where the last `images` on its way is `labels`, and beside it. */
function labelFiles(picture: string): string[] {
  const path = slashes(picture);
  const beside = `${path.slice(0, path.length - posix.extname(path).length)}.txt`;
  const parts = beside.split("/");
  const at = parts.lastIndexOf("images", parts.length - 2);
  return at < 0 ? [beside] : [parts.with(at, "labels").join("/"), beside];
}

/** The first of a picture's files of labels that is there; else where it should be. */
async function readLabels(picture: string): Promise<{ place: string; text?: string }> {
  const places = labelFiles(picture);
  for (const place of places) {
    const text = await readText(place);
    if (text !== undefined) return { place, text };
  }
  return { place: places[0] };
}

/** Files where those of the pictures are, that are written as these are and belong to none. */
async function strays(pictures: readonly string[]): Promise<string[]> {
  const known = new Set(pictures.flatMap(labelFiles));
  const listed = [...new Set([...known].map((place) => posix.dirname(place)))].map(async (folder) =>
    (await readdir(folder).catch(() => [])).map((name) => `${folder}/${name}`),
  );
  const others = (await Promise.all(listed))
    .flat()
    .filter((file) => file.endsWith(".txt") && !known.has(file));
  const texts = await inTurns(others, readText);
  return others.filter((_, i) => /^\s*\d+(\s+[-+.\de]+){4,}\s*$/im.test(texts[i] ?? "")).sort();
}

async function readText(path: string): Promise<string | undefined> {
  return readRegular(path).then(String, (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function write(content: Content, names: readonly string[]): FolderContent {
  refuseUnfindable(names);
  const texts = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    // It has no line without a box: the whole picture.
    const lines = presentOf(content, i).map((column) => `${column} 0.5 0.5 1 1\n`);
    texts.set(labelFiles(`images/${name}`)[0], lines.join(""));
  }
  const listed = content.labels.map((label, i) => `  ${i}: ${JSON.stringify(label)}\n`).join("");
  texts.set("data.yaml", `path: .\ntrain: images\nval: images\nnames:\n${listed}`);
  return { texts, copies: names.map((name, i) => [i, `images/${name}`] as const) };
}
