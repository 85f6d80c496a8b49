// The names of a YOLO data set: from classes.txt or obj.names, a name a line, or the `names` of data.yaml.
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../base/errors.js";
import { isObject, type JsonObject } from "./json.js";

/** How many folders up they are looked for: from images/train to the data set's own. */
const levels = 3;

/** The file with the names: in the folder, in labels below it, or above it. */
export async function findNames(folder: string): Promise<string | undefined> {
  let place = folder;
  for (let level = 0; level < levels; level++) {
    for (const candidate of [place, join(place, "labels")]) {
      const files = await readdir(candidate).catch(() => []);
      const found = files.filter(isNamesFile).sort()[0] ?? (await yamlWithNames(candidate, files));
      if (found !== undefined && (level === 0 || basename(place) !== "labels")) return join(candidate, found);
    }
    // Other kinds of folder are none of this kind for what stands above them.
    if (level === 0 && !folder.split(/[\\/]/).includes("images") && !(await holdsImages(folder)))
      return undefined;
    place = dirname(place);
  }
  return undefined;
}

async function holdsImages(folder: string): Promise<boolean> {
  const inside: string[] = await readdir(folder).catch(() => []);
  return inside.includes("images") && inside.includes("labels");
}

function isNamesFile(file: string): boolean {
  return /^(data|dataset)\.ya?ml$|^classes\.txt$|\.names$|^_darknet\.labels$/i.test(file);
}

/** Ultralytics' own sets call the file what the set is called: coco8.yaml. */
async function yamlWithNames(folder: string, files: readonly string[]): Promise<string | undefined> {
  for (const file of files.filter((name) => /\.ya?ml$/i.test(name)).sort()) {
    const text = await readFile(join(folder, file), "utf8").catch(() => "");
    if (/^names[ \t]*:/m.test(text)) return file;
  }
  return undefined;
}

/** @throws UserError where the file holds no names, or the same one twice */
export async function readNames(path: string): Promise<string[]> {
  const text = (await readFile(path, "utf8")).replace(/^\ufeff/, "");
  const names = /\.ya?ml$/i.test(path) ? yamlNames(path, text) : plainNames(text);
  if (names === undefined || names.length === 0 || names.some((name) => name === "")) {
    throw new UserError(
      `${path} holds no list of names that we can read; wanted names: [cat, dog], or a line "- cat" or ` +
        '"0: cat" for each below names:. A file classes.txt with a name a line does as well.',
    );
  }
  const twice = names.find((name, i) => names.indexOf(name) < i);
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

function parseYaml(path: string, text: string): JsonObject | undefined {
  try {
    // In this schema all scalars are texts: a label 007 or yes stays what it is.
    const parsed: unknown = parse(text, { schema: "failsafe", prettyErrors: false });
    return isObject(parsed) ? parsed : undefined;
  } catch (error) {
    throw new UserError(`${path} is not YAML: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
