// Copies: which files hold the same bytes, read no further than it takes to tell.

import { together } from "../../base/grouping.js";
import { inTurns } from "../../base/limited-concurrency.js";
import { fileSamples, fileSizes, sampleBytes } from "./file-facts.js";
import { fileHash } from "./file-hash.js";

/**
 * For each file a number, which files with the same bytes share. A file that is empty or cannot be read has
 * one of its own. Sizes are compared first, then a sample of those that agree, then all bytes.
 *
 * @param onProgress told how many files are done, of how many
 * @param known the bytes of a file where they are known already
 */
export async function copiesOf(
  paths: readonly string[],
  onProgress?: (done: number, total: number) => void,
  known?: (path: string) => number,
): Promise<Uint32Array> {
  const unique = [...new Set(paths)];
  const sizes = known ? unique.map(known) : await fileSizes(unique);
  // What is empty, no file, or not there is like no other.
  const keys = unique.map((path, i) => (Number(sizes[i]) > 0 ? String(sizes[i]) : path));
  const alike = shared(keys);
  const samples = await fileSamples(
    alike.map((i) => unique[i]),
    alike.map((i) => Number(sizes[i])),
    (done, total) => onProgress?.(unique.length - total + done, unique.length),
  );
  for (const [at, i] of alike.entries()) lengthen(keys, i, unique[i], samples[at]);
  const large = shared(keys).filter((i) => Number(sizes[i]) > sampleBytes);
  await inTurns(large, async (i) => {
    lengthen(keys, i, unique[i], await fileHash(unique[i]).catch(() => undefined));
  });
  const keyOf = new Map(unique.map((path, i) => [path, keys[i]]));
  return together(
    paths.length,
    paths.map((path) => keyOf.get(path) ?? path),
  );
}

/** The positions of keys that several have. */
function shared(keys: readonly string[]): number[] {
  const count = new Map<string, number>();
  for (const key of keys) count.set(key, (count.get(key) ?? 0) + 1);
  return [...keys.keys()].filter((i) => (count.get(keys[i]) ?? 0) > 1);
}

function lengthen(keys: string[], i: number, path: string, hash: string | undefined): void {
  keys[i] = hash === undefined ? path : `${keys[i]} ${hash}`;
}
