// Chunk: the rows of some pictures of a set, in memory or in a file that is there whole or not at all.
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { UserError } from "../../../base/errors.js";
import { writeWhole } from "../../../base/write-whole.js";

/** What a chunk says of each of its pictures. */
export interface ChunkPicture {
  /** The SHA-256 of the file; null where there is none. */
  sha256: string | null;
  /** Why there is no row; null where there is one. */
  missing: string | null;
}

const header = z.object({
  format: z.literal(2),
  /** What the rows were computed with. */
  key: z.string(),
  bytes: z.int(),
  pictures: z.array(z.object({ sha256: z.string().nullable(), missing: z.string().nullable() })),
});

/**
 * A file: the length of the header (uint32), the header's JSON, which blanks fill up to a multiple of 4, the checksum of
 * both; then each row with its own. So a single row can be read and checked.
 */
const LENGTH = 4;
/** The first bytes of a SHA-256; a multiple of 4, as rows begin at one. */
const CHECKSUM = 8;

const checksumOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest().subarray(0, CHECKSUM);

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
  const json = Buffer.from(JSON.stringify({ format: 2, key, bytes, pictures }));
  const length = Math.ceil(json.length / 4) * 4;
  const head = Buffer.alloc(LENGTH + length, " ");
  head.writeUInt32LE(length);
  json.copy(head, LENGTH);
  const stride = bytes + CHECKSUM;
  const body = new Uint8Array(pictures.length * stride);
  for (let i = 0; i < pictures.length; i++) {
    const row = rows.subarray(i * bytes, (i + 1) * bytes);
    body.set(row, i * stride);
    body.set(checksumOf(row), i * stride + bytes);
  }
  await writeWhole(path, head, checksumOf(head), body);
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
    const stride = bytes + CHECKSUM;
    if (size !== begin + stride * pictures.length) return undefined;
    const hashes = await sha256();
    const same = ({ sha256 }: ChunkPicture, i: number) => sha256 === hashes[i];
    if (pictures.length !== hashes.length || !pictures.every(same)) return undefined;
    if (whole) {
      const body = await readAt(file, begin, size - begin);
      const rows = new Uint8Array(bytes * pictures.length);
      for (let i = 0; i < pictures.length; i++) {
        const row = checked(body.subarray(i * stride, (i + 1) * stride));
        if (row === undefined) return undefined;
        rows.set(row, i * bytes);
      }
      return inMemory(pictures, rows);
    }
    kept = true;
    return {
      pictures,
      async row(index) {
        const row = checked(await readAt(file, begin + index * stride, stride));
        if (row !== undefined) return row;
        throw new UserError(
          `${path} is damaged: the disk does not give back what was written. Delete it, and continue the run with ` +
            "--resume, which computes it anew.",
        );
      },
      close: () => file.close(),
    };
  } finally {
    if (!kept) await file.close();
  }
}

async function readHeader(file: FileHandle) {
  try {
    const { size } = await file.stat();
    const length = Buffer.from(await readAt(file, 0, LENGTH)).readUInt32LE();
    const begin = LENGTH + length + CHECKSUM;
    if (begin > size) return undefined;
    const head = checked(await readAt(file, 0, begin));
    if (head === undefined) return undefined;
    return { ...header.parse(JSON.parse(Buffer.from(head.subarray(LENGTH)).toString())), begin };
  } catch {
    return undefined;
  }
}

/** The bytes before the checksum at their end; undefined if they are not those that it was made of. */
function checked(bytes: Uint8Array): Uint8Array | undefined {
  const content = bytes.subarray(0, bytes.length - CHECKSUM);
  return checksumOf(content).equals(bytes.subarray(content.length)) ? content : undefined;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length);
  const { bytesRead } = await file.read(into, 0, length, position);
  if (bytesRead !== length) throw new Error("A file of the frozen part's features ends too early.");
  return into;
}
