// Source: the labels file or folder that the user named.
import { constants } from "node:buffer";
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import { openRegular, readRegular, refuseOthers } from "../../base/regular-file.js";

export interface Source {
  /** Absolute. */
  readonly path: string;
  /** As the user wrote it: for messages. */
  readonly name: string;
  readonly isFolder: boolean;
  /** What paths are relative to: the folder itself, the file's, or another that the user names; absolute. */
  readonly folder: string;
  /** The file's text, in UTF-8, or in UTF-16 with its mark. Throws a UserError where it is none. */
  text(): Promise<string>;
  /** The file's bytes. Throws a UserError where it cannot be read. */
  bytes(): Promise<Uint8Array>;
  /** The file's first bytes that are neither blank nor a byte order mark, at most 4096, as text; of a folder none. */
  head(): Promise<string>;
  /** What stands in the folder itself, sorted, without what is hidden; of a file nothing. */
  entries(): Promise<{ readonly folders: readonly string[]; readonly files: readonly string[] }>;
  /**
   * All files in the folder and below, with slashes, sorted, without what is hidden; of a file nothing. A link that
   * leads nowhere is a file, so that it is told as one that is missing.
   */
  files(): Promise<readonly string[]>;
}

/**
 * @param images the folder that paths in a labels file start from; default: the file's own
 * @throws UserError where there is nothing of this name
 */
export async function openSource(path: string, images?: string): Promise<Source> {
  const absolute = resolve(path);
  const status = await stat(absolute).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") {
      throw new UserError(`${path}: there is no such file; wanted a labels file.`);
    }
    throw new UserError(`${path} cannot be opened: ${error.message}.`);
  });
  refuseOthers(path, status);
  const isFolder = status.isDirectory();
  if (images !== undefined) await checkImages(path, isFolder, images);
  const bytes = async () => {
    if (isFolder) throw new UserError(`${path} is a folder; wanted a labels file.`);
    return readRegular(absolute).catch((error: Error) => {
      throw new UserError(`${path} cannot be read: ${error.message}.`);
    });
  };
  let listed: Promise<readonly string[]> | undefined;
  return {
    path: absolute,
    name: path,
    isFolder,
    folder: isFolder ? absolute : images === undefined ? dirname(absolute) : resolve(images),
    bytes,
    async head() {
      if (isFolder) return "";
      const file = await openRegular(absolute);
      try {
        const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(4096) });
        return new TextDecoder().decode(buffer.subarray(0, bytesRead)).trimStart();
      } finally {
        await file.close();
      }
    },
    text: async () => decodeText(await bytes(), path),
    entries: async () => (isFolder ? entriesOf(absolute) : { folders: [], files: [] }),
    async files() {
      if (!isFolder) return [];
      listed ??= filesBelow(absolute, [await realpath(absolute)]).then((files) => files.sort());
      return listed;
    },
  };
}

async function checkImages(path: string, isFolder: boolean, images: string): Promise<void> {
  if (isFolder) {
    throw new UserError(
      `${path} is a folder, in which its images are found. --images is for a labels file whose images are elsewhere.`,
    );
  }
  const status = await stat(images).catch(() => undefined);
  if (status?.isDirectory()) return;
  throw new UserError(
    `--images ${images}: there is no such folder. Name the folder that the paths in ${path} start from.`,
  );
}

/** What stands in a folder, sorted, without what is hidden. A link counts as what it leads to. */
async function entriesOf(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(
    ({ name }) => !name.startsWith("."),
  );
  const isFolder = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isSymbolicLink()) return entry.isDirectory();
      const status = await stat(join(folder, entry.name)).catch(() => undefined);
      return status?.isDirectory() ?? false;
    }),
  );
  const named = (wanted: boolean) =>
    entries.flatMap(({ name }, i) => (isFolder[i] === wanted ? name : [])).sort();
  return { folders: named(true), files: named(false) };
}

/** @param above the real paths of the folder and of those above it: a link back to one of them would go round for ever */
async function filesBelow(folder: string, above: readonly string[]): Promise<string[]> {
  const { folders, files } = await entriesOf(folder);
  const below = await Promise.all(
    folders.map(async (name) => {
      const real = await realpath(join(folder, name));
      if (above.includes(real)) return [];
      return (await filesBelow(join(folder, name), [...above, real])).map((file) => `${name}/${file}`);
    }),
  );
  return [files, ...below].flat();
}

/** The text of a file's bytes. Throws a UserError where they are none, or too many. */
export function decodeText(bytes: Uint8Array, name: string): string {
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    const most = Math.floor(constants.MAX_STRING_LENGTH / 2 ** 20);
    throw new UserError(`${name} is larger than ${most} MiB; split it into several files.`);
  }
  const mark = bytes.length < 2 ? 0 : (bytes[0] << 8) | bytes[1];
  const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${name} is not text in UTF-8; save it as such.`);
  }
}

/** Some are decoded nowhere here: left out without a word, they would not be missed. */
const pictureEndings = [
  ...[".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".avif", ".tif", ".tiff"],
  ...[".bmp", ".heic", ".heif"],
];

/** Whether a file's name ends like that of a picture. */
export function isPictureName(name: string): boolean {
  return pictureEndings.includes(extname(name).toLowerCase());
}
