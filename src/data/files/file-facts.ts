// File facts: sizes and samples of many files. Calls that wait for the system take a tenth of the time of calls that do
// not, so threads make them, many files a message.
import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { linkTarget } from "../../base/regular-file.js";
import { Pool } from "../../base/thread-pool.js";

/** A file's bytes; −1 for what is there but no file; or the system's error, and where a link to nothing leads. */
export type FileSize = number | { readonly code: string | undefined; readonly target?: string };

/** Files whose sizes are asked for, or, where those are given, their samples. */
export interface FileJob {
  readonly paths: readonly string[];
  readonly sizes?: readonly number[];
}
export type FileAnswer = readonly FileSize[] | readonly (string | undefined)[];

/** Bytes of a sample, from the middle of the file: its beginning is often the same in all. */
export const sampleBytes = 4096;

/** Files a message; for fewer no thread is worth starting. */
const each = 500;

/** Told how many files are done, of how many. */
type OnProgress = (done: number, total: number) => void;

export async function fileSizes(paths: readonly string[], onProgress?: OnProgress): Promise<FileSize[]> {
  return (await factsOf({ paths }, onProgress)) as FileSize[];
}

/** The SHA-256 of a sample of each file, of this size; undefined for one that cannot be read. */
export async function fileSamples(
  paths: readonly string[],
  sizes: readonly number[],
  onProgress?: OnProgress,
): Promise<(string | undefined)[]> {
  return (await factsOf({ paths, sizes }, onProgress)) as (string | undefined)[];
}

async function factsOf({ paths, sizes }: FileJob, onProgress?: OnProgress): Promise<FileAnswer> {
  const jobs = Array.from({ length: Math.ceil(paths.length / each) }, (_, i): FileJob => {
    const [from, to] = [i * each, (i + 1) * each];
    return { paths: paths.slice(from, to), sizes: sizes?.slice(from, to) };
  });
  let done = 0;
  const noted = (answer: FileAnswer): FileAnswer => {
    done += answer.length;
    onProgress?.(done, paths.length);
    return answer;
  };
  if (paths.length <= each) return noted(answerTo({ paths, sizes }));
  // As many as node itself has for its files: they wait more than they compute.
  const threads = Math.max(4, availableParallelism());
  const pool = new Pool<FileJob, FileAnswer>(new URL("./file-facts-worker.js", import.meta.url), threads);
  try {
    return (await Promise.all(jobs.map((job) => pool.run(job).then(noted)))).flat() as FileAnswer;
  } finally {
    await pool.close();
  }
}

export function answerTo({ paths, sizes }: FileJob): FileAnswer {
  return sizes === undefined ? paths.map(sizeOf) : paths.map((path, i) => sampleOf(path, sizes[i]));
}

function sizeOf(path: string): FileSize {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    // For each of a million files that are not there, an error would take longer than asking.
    if (status === undefined) return missing(path);
    return status.isFile() ? status.size : -1;
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code };
  }
}

function missing(path: string): FileSize {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return { code: "ENOENT" };
  return { code: "ENOENT", target: linkTarget(path) };
}

function sampleOf(path: string, size: number): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const buffer = new Uint8Array(Math.min(size, sampleBytes));
      const read = readSync(file, buffer, 0, buffer.length, Math.floor((size - buffer.length) / 2));
      return createHash("sha256").update(buffer.subarray(0, read)).digest("base64");
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
