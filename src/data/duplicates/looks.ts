// Looks: decodes all pictures on several threads.
import { availableParallelism } from "node:os";
import { inTurns } from "../../base/limited-concurrency.js";
import { Pool } from "../../base/thread-pool.js";
import type { Look } from "./look-worker.js";

/** How pictures are looked at. */
export interface LookOptions {
  /** Threads that decode; default: the machine's cores, at most 4. */
  workers?: number;
  /** Ends it: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Told how many pictures are done, of how many. */
  onProgress?: (done: number, total: number) => void;
}

export async function lookAt(
  paths: readonly string[],
  { workers = Math.min(4, availableParallelism()), signal, onProgress }: LookOptions,
): Promise<Look[]> {
  const pool = new Pool<string, Look>(new URL("./look-worker.js", import.meta.url), workers);
  let done = 0;
  try {
    return await inTurns(paths, async (path) => {
      const look = await pool.run(path, signal);
      onProgress?.(++done, paths.length);
      return look;
    });
  } finally {
    await pool.close();
  }
}
