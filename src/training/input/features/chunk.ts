// Chunk: the rows of some pictures of a set, in memory or in a file that is there whole or not at all.
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { writeWhole } from "../../../base/write-whole.js";

/** What a chunk says of each of its pictures. */
export interface ChunkPicture {
  /** The SHA-256 of the file; null where there is none. */
  sha256: string | null;
  /** Why there is no row; null where there is one. */
  missing: string | null;
}

const header = z.object({
  format: z.literal(1),
  /** What the rows were computed with. */
  key: z.string(),
  bytes: z.int(),
  pictures: z.array(z.object({ sha256: z.string().nullable(), missing: z.string().nullable() })),
});

/** The rows lie behind the header's JSON, which blanks fill up so that they begin at a multiple of 4. */
const LENGTH = 4;

export interface Chunk {
  readonly pictures: readonly ChunkPicture[];
  /** The row of a picture, counted within the chunk. */
  row(index: number): Uint8Array | Promise<Uint8Array>;
  close(): Promise<void>;
}

/** @param rows one behind the other, those that are missing with whatever they hold */
export function inMemory(pictures: readonly ChunkPicture[], rows: Uint8Array): Chunk {
  const bytes = rows.length / pictures.length;
  return {
    pictures,
    row: (index) => rows.subarray(index * bytes, (index + 1) * bytes),
    close: async () => undefined,
  };
}

/** Writes the file; the disk has it when this is done. */
export async function writeChunk(
  path: string,
  key: string,
  pictures: readonly ChunkPicture[],
  rows: Uint8Array,
): Promise<void> {
  const bytes = rows.length / pictures.length;
  const json = Buffer.from(JSON.stringify({ format: 1, key, bytes, pictures }));
  const length = Math.ceil(json.length / 4) * 4;
  const head = Buffer.alloc(LENGTH + length, " ");
  head.writeUInt32LE(length);
  json.copy(head, LENGTH);
  await writeWhole(path, head, rows);
}

/**
 * Opens the file for reading row by row, or reads it all.
 * @param sha256 asked for only where there is a file with rows of this key
 * @returns undefined where there is none, or not one of these rows of these pictures
 */
export async function readChunk(
  path: string,
  key: string,
  bytes: number,
  sha256: () => Promise<readonly (string | null)[]>,
  { whole }: { whole: boolean },
): Promise<Chunk | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  let kept = false;
  try {
    const head = await readHeader(file);
    if (head?.key !== key || head.bytes !== bytes) return undefined;
    const { pictures, begin } = head;
    const { size } = await file.stat();
    if (size !== begin + bytes * pictures.length) return undefined;
    const hashes = await sha256();
    const same = ({ sha256 }: ChunkPicture, i: number) => sha256 === hashes[i];
    if (pictures.length !== hashes.length || !pictures.every(same)) return undefined;
    if (whole) return inMemory(pictures, await readAt(file, begin, size - begin));
    kept = true;
    return {
      pictures,
      row: async (index) => readAt(file, begin + index * bytes, bytes),
      close: () => file.close(),
    };
  } finally {
    if (!kept) await file.close();
  }
}

async function readHeader(file: FileHandle) {
  try {
    const length = Buffer.from(await readAt(file, 0, LENGTH)).readUInt32LE();
    const json = Buffer.from(await readAt(file, LENGTH, length)).toString();
    return { ...header.parse(JSON.parse(json)), begin: LENGTH + length };
  } catch {
    return undefined;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length);
  const { bytesRead } = await file.read(into, 0, length, position);
  if (bytesRead !== length) throw new Error("A file of the frozen part's features ends too early.");
  return into;
}
