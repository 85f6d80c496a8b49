// Copies: which files hold the same bytes, read no further than it takes to tell.
import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { fileHash } from "./file-hash.js";
import { inTurns } from "./in-turns.js";
import { together } from "./together.js";

/** Bytes that are compared first, from the middle of the file: its beginning is often the same in all. */
const sampled = 4096;

/**
 * For each file a number, which files with the same bytes share. A file that is empty or cannot be read has
 * one of its own. Sizes are compared first, then a sample of those that agree, then all bytes.
 *
 * @param onProgress told how many files are done, of how many
 */
export async function copiesOf(
  paths: readonly string[],
  onProgress?: (done: number, total: number) => void,
): Promise<Uint32Array> {
  const unique = [...new Set(paths)];
  const sizes = await inTurns(unique, (path) =>
    stat(path).then(
      (status) => (status.isFile() ? status.size : 0),
      () => 0,
    ),
  );
  let keys = unique.map((path, i) => (sizes[i] === 0 ? path : String(sizes[i])));
  let done = 0;
  keys = await refine(unique, keys, sampleHash, () => onProgress?.(++done, unique.length));
  keys = await refine(unique, keys, (path, i) => (sizes[i] <= sampled ? undefined : fileHash(path)));
  const keyOf = new Map(unique.map((path, i) => [path, keys[i]]));
  return together(
    paths.length,
    paths.map((path) => keyOf.get(path) ?? path),
  );
}

/** Lengthens the keys that several files share by what `hash` tells of each. */
async function refine(
  paths: readonly string[],
  keys: readonly string[],
  hash: (path: string, index: number) => Promise<string> | undefined,
  onDone?: () => void,
): Promise<string[]> {
  const count = new Map<string, number>();
  for (const key of keys) count.set(key, (count.get(key) ?? 0) + 1);
  return inTurns(paths, async (path, i) => {
    const shared = (count.get(keys[i]) ?? 0) > 1;
    // What cannot be read is like no other.
    const more = shared ? await hash(path, i)?.catch(() => path) : undefined;
    onDone?.();
    return more === undefined ? keys[i] : `${keys[i]} ${more}`;
  });
}

async function sampleHash(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = new Uint8Array(Math.min(size, sampled));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, Math.floor((size - buffer.length) / 2));
    return createHash("sha256").update(buffer.subarray(0, bytesRead)).digest("base64");
  } finally {
    await file.close();
  }
}
