// writeWhole: a file that is there whole, or as it was before.
import { open, rename, rm } from "node:fs/promises";

/** Writes the parts one after the other. Where that fails the file is as it was, and nothing is left beside it. */
export async function writeWhole(path: string, ...parts: (string | Uint8Array)[]): Promise<void> {
  const partial = `${path}.partial`;
  try {
    const file = await open(partial, "w");
    try {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
