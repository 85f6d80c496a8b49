// Looks: decodes all pictures on several threads.
import { availableParallelism } from "node:os";
import { inTurns } from "../in-turns.js";
import { Pool } from "../pool.js";
import type { Look } from "./decode-worker.js";

/** @param workers threads; default: the machine's cores, at most 4, as in training */
export async function lookAt(
  paths: readonly string[],
  workers = Math.min(4, availableParallelism()),
  onProgress?: (done: number, total: number) => void,
): Promise<Look[]> {
  const pool = new Pool<string, Look>(new URL("./decode-worker.js", import.meta.url), workers);
  let done = 0;
  try {
    return await inTurns(paths, async (path) => {
      const look = await pool.run(path);
      onProgress?.(++done, paths.length);
      return look;
    });
  } finally {
    await pool.close();
  }
}
