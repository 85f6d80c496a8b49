// Source: the labels file or folder that the user named.
import { constants } from "node:buffer";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { glob } from "tinyglobby";
import { UserError } from "../../base/errors.js";

export interface Source {
  /** Absolute. */
  readonly path: string;
  /** As the user wrote it: for messages. */
  readonly name: string;
  readonly isFolder: boolean;
  /** What paths are relative to: the folder itself, or the file's; absolute. */
  readonly folder: string;
  /** The file's text, in UTF-8, or in UTF-16 with its mark. Throws a UserError where it is none. */
  text(): Promise<string>;
  /** The file's bytes. Throws a UserError where it cannot be read. */
  bytes(): Promise<Uint8Array>;
  /** The file's first bytes that are neither blank nor a byte order mark, at most 4096, as text; of a folder none. */
  head(): Promise<string>;
  /** What stands in the folder itself, sorted, without what is hidden; of a file nothing. */
  entries(): Promise<{ readonly folders: readonly string[]; readonly files: readonly string[] }>;
  /** All files in the folder and below, with slashes, sorted, without what is hidden; of a file nothing. */
  files(): Promise<readonly string[]>;
}

/** @throws UserError where there is nothing of this name */
export async function openSource(path: string): Promise<Source> {
  const absolute = resolve(path);
  const status = await stat(absolute).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") {
      throw new UserError(`${path}: there is no such file; wanted a labels file.`);
    }
    throw new UserError(`${path} cannot be opened: ${error.message}.`);
  });
  const isFolder = status.isDirectory();
  const bytes = async () => {
    if (isFolder) throw new UserError(`${path} is a folder; wanted a labels file.`);
    return readFile(absolute).catch((error: Error) => {
      throw new UserError(`${path} cannot be read: ${error.message}.`);
    });
  };
  let listed: Promise<string[]> | undefined;
  return {
    path: absolute,
    name: path,
    isFolder,
    folder: isFolder ? absolute : dirname(absolute),
    bytes,
    async head() {
      if (isFolder) return "";
      const file = await open(absolute);
      try {
        const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(4096) });
        return new TextDecoder().decode(buffer.subarray(0, bytesRead)).trimStart();
      } finally {
        await file.close();
      }
    },
    text: async () => decodeText(await bytes(), path),
    async entries() {
      if (!isFolder) return { folders: [], files: [] };
      const found = (await readdir(absolute)).filter((name) => !name.startsWith(".")).sort();
      // A link counts as what it leads to.
      const folders = await Promise.all(
        found.map((name) =>
          stat(join(absolute, name)).then(
            (entry) => entry.isDirectory(),
            () => false,
          ),
        ),
      );
      return { folders: found.filter((_, i) => folders[i]), files: found.filter((_, i) => !folders[i]) };
    },
    async files() {
      if (!isFolder) return [];
      listed ??= glob("**", { cwd: absolute, dot: false, expandDirectories: false }).then((files) =>
        files.sort(),
      );
      return listed;
    },
  };
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
