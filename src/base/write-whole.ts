// writeWhole: a file that is there whole, or as it was before, whatever stops the program or the machine.
import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** As much is written and hashed at once, so that a large array holds up nothing else. */
const SLICE = 4 * 2 ** 20;

/**
 * Writes the parts one after the other to a file beside it, which then takes its name. The disk has both the bytes and
 * the name when this resolves. Where it fails, the file is as it was, and nothing is left beside it.
 *
 * @returns the SHA-256 of the file's bytes, in hexadecimal
 */
export async function writeWhole(path: string, ...parts: (string | Uint8Array)[]): Promise<string> {
  const partial = `${path}.partial`;
  const hash = createHash("sha256");
  try {
    const file = await open(partial, "w");
    try {
      for (const part of parts) {
        const bytes = typeof part === "string" ? Buffer.from(part) : part;
        for (let start = 0; start < bytes.length; start += SLICE) {
          const slice = bytes.subarray(start, start + SLICE);
          hash.update(slice);
          await file.writeFile(slice);
        }
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
  return hash.digest("hex");
}

/** Brings to the disk which files a folder has. A rename is on the disk only then. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch (error) {
    // Windows opens no folders, and some network file systems do not sync them.
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"].includes(code)) throw error;
  } finally {
    await handle?.close();
  }
}
