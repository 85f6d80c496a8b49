// Where the pictures are: the folder that a labels file's paths start from, which most formats do not say.
import { access, readdir } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { isPictureName } from "./source.js";

/** How many names are tried, and in how many folders at most. */
const tried = 25;
const mostFolders = 400;

/** Letters of the longest path that a system takes (PATH_MAX of Linux). */
export const longestPath = 4096;

/**
 * The folder in which most of the names stand as files: of `folder` itself and the folders in it and below (three
 * levels: Label Studio keeps uploads in media/upload/PROJECT), and if none of these has any, of those beside it, if one
 * has most of them: it might be another data set some of whose pictures are called the same. Undefined where none is.
 *
 * @param folder where the labels file stands, absolute
 * @param names paths as they are written
 */
export async function findBase(
  folder: string,
  names: readonly string[],
  { file = "", exists = isThere }: BaseOptions = {},
): Promise<string | undefined> {
  const words = file.toLowerCase().split(/[^a-z0-9]+/);
  const possible = names.filter((name) => name.length <= longestPath);
  const step = Math.max(1, Math.floor(possible.length / tried));
  const sample = possible.filter((_, i) => i % step === 0).slice(0, tried);
  const seen = new Set<string>();
  for (const root of [folder, dirname(folder)]) {
    let best: string | undefined;
    let most = 0;
    for await (const candidate of candidates(root, seen)) {
      const found = await Promise.all(sample.map((name) => exists(resolve(candidate, slashes(name)))));
      const hits = found.filter(Boolean).length;
      // Frames of films are called the same in each part: then instances_val.json means those in val.
      const named = words.includes(basename(candidate).toLowerCase());
      if (hits > most || (hits === most && hits > 0 && named)) [best, most] = [candidate, hits];
      if (most === sample.length && (named || file === "")) break;
    }
    if (root === folder ? most > 0 : most > sample.length / 2) return best;
  }
  return undefined;
}

/** How the pictures of a labels file are looked for. */
export interface BaseOptions {
  /** What the labels file is called: of folders with as many of the pictures, the one that it names is meant. */
  readonly file?: string;
  /** Whether there is a picture at a path, absolute. */
  readonly exists?: (path: string) => Promise<boolean>;
}

/** Backslashes as slashes, as a path of another system has them. */
export function slashes(name: string): string {
  return name.replaceAll("\\", "/");
}

/** The folder and those below, the nearest first, without those seen before. */
async function* candidates(root: string, seen: Set<string>): AsyncGenerator<string> {
  let level = [root];
  for (let depth = 0; depth < 4; depth++) {
    const below: string[] = [];
    for (const candidate of level) {
      if (seen.has(candidate) || seen.size >= mostFolders) continue;
      seen.add(candidate);
      yield candidate;
      if (depth < 3) below.push(...(await foldersIn(candidate)));
    }
    level = below;
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
    .map((entry) => join(folder, entry.name))
    .sort();
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Finds files at paths whose ending may be missing or another one; each folder is read once. */
export class PictureFinder {
  private readonly folders = new Map<string, Promise<ReadonlyMap<string, string>>>();

  /** The path itself if it is a file's, else that of the picture beside it of the same name but for the ending. */
  async at(path: string): Promise<string | undefined> {
    const folder = dirname(path);
    const listed = this.folders.get(folder) ?? listPictures(folder);
    this.folders.set(folder, listed);
    const name = basename(path);
    const files = await listed;
    const found = files.get(name) ?? files.get(stemOf(name));
    return found && join(folder, found);
  }
}

/** The folder's pictures by their names, and by their names without the ending. */
async function listPictures(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(folder).catch(() => [])).filter(isPictureName).sort();
  const named = (nameOf: (file: string) => string) => files.map((file) => [nameOf(file), file] as const);
  return new Map([...named(stemOf), ...named((file) => file)]);
}

function stemOf(name: string): string {
  return isPictureName(name) ? name.slice(0, name.length - extname(name).length) : name;
}
