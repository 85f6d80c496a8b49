// A folder that is written whole or not at all.
import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { syncFolder } from "../base/write-whole.js";

const besides = (folder: string) => ({ next: `${folder}.new`, previous: `${folder}.old` });

/**
 * Replaces a folder, or makes it. `fill` writes the files into a folder beside it, which takes its place
 * when all of them are on the disk. Whenever a crash comes, the old content or the new one is there, whole:
 * read it at `presentFolder`, since a crash between the two renames leaves the old one beside its place.
 */
export async function replaceFolder(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const place = resolve(folder);
  const { next, previous } = besides(place);
  await mkdir(dirname(place), { recursive: true });
  if (!existsSync(place) && existsSync(previous)) await rename(previous, place);
  await rm(next, { recursive: true, force: true });
  await rm(previous, { recursive: true, force: true });
  try {
    await mkdir(next);
    await fill(next);
    for (const name of await readdir(next, { recursive: true })) {
      const path = join(next, name);
      await ((await stat(path)).isFile() ? sync(path) : syncFolder(path));
    }
    await syncFolder(next);
  } catch (error) {
    await rm(next, { recursive: true, force: true });
    throw error;
  }
  // No system call that Node offers swaps two folders, so there are two steps.
  if (existsSync(place)) await rename(place, previous);
  await rename(next, place);
  await syncFolder(dirname(place));
  await rm(previous, { recursive: true, force: true });
}

/** Where the content of a folder written by `replaceFolder` is. */
export function presentFolder(folder: string): string {
  const place = resolve(folder);
  const { previous } = besides(place);
  return !existsSync(place) && existsSync(previous) ? previous : place;
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
