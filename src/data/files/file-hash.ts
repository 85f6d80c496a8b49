// fileHash: what a file holds, as a number of its own.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The SHA-256 of the file's bytes, base64. Rejects with the system's error where it cannot be read. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("base64");
}
