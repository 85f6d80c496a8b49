// The names of a YOLO data set: from classes.txt or obj.names, a name a line, or the `names` of data.yaml.
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Document, isMap, isScalar, parseDocument } from "yaml";
import { UserError } from "../../base/errors.js";
import { readRegular } from "../../base/regular-file.js";
import { isObject, type JsonObject } from "./json.js";

/** How many folders up they are looked for: from images/train to the data set's own. */
const levels = 3;

/** The files with the names: in the folder and in labels below it, or, if there is none, above it. */
export async function findNames(folder: string): Promise<string[]> {
  let place = folder;
  for (let level = 0; level < levels; level++) {
    const found: string[] = [];
    for (const candidate of [place, join(place, "labels")]) {
      const files = await readdir(candidate).catch(() => []);
      const sure = files.filter(isNamesFile).sort();
      const named = sure.length > 0 ? sure : await yamlWithNames(candidate, files);
      found.push(...named.map((file) => join(candidate, file)));
    }
    if (found.length > 0 && (level === 0 || basename(place) !== "labels")) return found;
    // Other kinds of folder are none of this kind for what stands above them.
    if (level === 0 && !folder.split(/[\\/]/).includes("images") && !(await holdsImages(folder))) return [];
    place = dirname(place);
  }
  return [];
}

async function holdsImages(folder: string): Promise<boolean> {
  const inside: string[] = await readdir(folder).catch(() => []);
  return inside.includes("images") && inside.includes("labels");
}

function isNamesFile(file: string): boolean {
  return /^(data|dataset)\.ya?ml$|^classes\.txt$|\.names$|^_darknet\.labels$/i.test(file);
}

/** Ultralytics' own sets call the file what the set is called: coco8.yaml. */
async function yamlWithNames(folder: string, files: readonly string[]): Promise<string[]> {
  for (const file of files.filter((name) => /\.ya?ml$/i.test(name)).sort()) {
    const text = await readRegular(join(folder, file)).then(String, () => "");
    if (/^names[ \t]*:/m.test(text)) return [file];
  }
  return [];
}

/**
 * The names that all files agree on; one may hold more than another.
 * @throws UserError where a file holds no names, or the same one twice, or others than the longest has
 */
export async function readNames(paths: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(paths.map(readFileOfNames));
  const longest = lists.reduce((best, list) => (list.length > best.length ? list : best));
  const odd = lists.findIndex((list) => list.some((name, i) => name !== longest[i]));
  if (odd < 0) return longest;
  throw new UserError(
    `${paths[lists.indexOf(longest)]} and ${paths[odd]} do not hold the same names in the same order, so nobody can tell which ones ` +
      "the numbers mean; remove the wrong file.",
  );
}

async function readFileOfNames(path: string): Promise<string[]> {
  const text = (await readRegular(path)).toString().replace(/^\ufeff/, "");
  const names = /\.ya?ml$/i.test(path) ? yamlNames(path, text) : plainNames(text);
  if (names === undefined || names.length === 0 || names.some((name) => name === "")) {
    throw new UserError(
      `${path} holds no list of names that we can read; wanted names: [cat, dog], or a line "- cat" or ` +
        '"0: cat" for each below names:. A file classes.txt with a name a line does as well.',
    );
  }
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined)
    throw new UserError(`${path} names ${twice} twice; give each label a name of its own.`);
  return names;
}

function plainNames(text: string): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.trim());
}

/** The value of the key `names`: a list, or a mapping from 0, 1, … to names. Undefined for anything else. */
function yamlNames(path: string, text: string): string[] | undefined {
  const names = parseYaml(path, text)?.names;
  // A gap in the numbers would leave a number without a name.
  const listed: unknown[] = Array.isArray(names)
    ? names
    : isObject(names)
      ? Object.keys(names).map((_, i) => names[i])
      : [];
  return listed.every((name) => typeof name === "string") ? listed : undefined;
}

/** Bytes of a data.yaml, and how deep what is in it may lie: the parser takes long, and stack, for more. */
const largest = 2 ** 20;
const deepest = 200;

function parseYaml(path: string, text: string): JsonObject | undefined {
  if (text.length > largest) {
    throw new UserError(`${path} is larger than 1 MiB; write the names to a file classes.txt, one a line.`);
  }
  if (isDeep(text)) {
    throw new UserError(
      `${path} has lists in lists, ${deepest} deep; wanted names: [cat, dog], or a line for each.`,
    );
  }
  // In this schema all scalars are texts: a label 007 or yes stays what it is. The parser looks for keys that are
  // there twice by comparing all of them.
  const options = { schema: "failsafe", prettyErrors: false, logLevel: "error", uniqueKeys: false } as const;
  let parsed: unknown;
  let twice: string | undefined;
  try {
    const document = parseDocument(text, options);
    if (document.errors.length > 0) throw document.errors[0];
    twice = keyTwice(document);
    parsed = document.toJS();
  } catch (error) {
    throw new UserError(`${path} is not YAML: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (twice !== undefined) throw new UserError(`${path} has ${twice} twice; leave one of them.`);
  return isObject(parsed) ? parsed : undefined;
}

/** Whether brackets or a line's indents and dashes go so deep; brackets in quotes count too, but who has that many? */
function isDeep(text: string): boolean {
  if (new RegExp(`^[ \\t?:-]{${deepest},}`, "m").test(text)) return true;
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth === deepest) return true;
  }
  return false;
}

/** A key that the document has twice, or the mapping under `names`. */
function keyTwice(document: Document): string | undefined {
  for (const map of [
    document.contents,
    isMap(document.contents) ? document.contents.get("names", true) : undefined,
  ]) {
    if (!isMap(map)) continue;
    const seen = new Set<unknown>();
    for (const { key } of map.items) {
      const name = isScalar(key) ? key.value : key;
      if (seen.has(name)) return `the key ${String(name)}`;
      seen.add(name);
    }
  }
  return undefined;
}
