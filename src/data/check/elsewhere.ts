// Elsewhere: where the picture probably is, of a row that names a place where there is none.
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { findBase, slashes } from "../formats/locate.js";

/**
 * For each path at which there is nothing, one at which there is a file: of a name that differs by case, by how accents
 * or blanks are encoded, or of the same name in the folder where most of them are. Undefined where there is none.
 *
 * @param folder where the labels file stands, absolute
 */
export async function elsewhere(paths: readonly string[], folder: string): Promise<(string | undefined)[]> {
  const listings = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const like = async (path: string): Promise<string | undefined> => {
    if (dirname(path) === path || (await stat(path).catch(() => undefined))) return path;
    const above = await like(dirname(path));
    if (above === undefined) return undefined;
    const listing = listings.get(above) ?? namesIn(above);
    listings.set(above, listing);
    const name = (await listing).get(plain(basename(path)));
    const found = name && join(above, name);
    // It may be the path itself, of a link that leads nowhere.
    return found && ((await stat(found).catch(() => undefined)) ? found : undefined);
  };
  // Of a path of another machine only the end can be right.
  const names = paths.map((path) => basename(slashes(path)));
  const base = (await findBase(folder, names)) ?? folder;
  return Promise.all(
    paths.map(async (path, i) => (await like(path)) ?? (await like(resolve(base, names[i])))),
  );
}

async function namesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  return new Map(names.map((name) => [plain(name), name]));
}

function plain(name: string): string {
  try {
    return decodeURIComponent(name).normalize().toLowerCase();
  } catch {
    return name.normalize().toLowerCase();
  }
}
