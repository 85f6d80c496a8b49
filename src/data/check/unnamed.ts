// Unnamed: pictures that stand beside those of the set, and that no row names.
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isPictureName } from "../formats/source.js";

/**
 * Absolute paths of pictures in the folders of `paths`, without those themselves.
 * @param paths absolute
 */
export async function unnamedPictures(paths: readonly string[]): Promise<string[]> {
  const named = new Set(paths);
  const found: string[] = [];
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (
        !entry.isDirectory() &&
        isPictureName(entry.name) &&
        !entry.name.startsWith(".") &&
        !named.has(path)
      ) {
        found.push(path);
      }
    }
  }
  return found.sort();
}
