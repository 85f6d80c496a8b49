// fileHash: what a file holds, as a number of its own.
import { createHash } from "node:crypto";
import { openRegular } from "../../base/regular-file.js";

/** The SHA-256 of the file's bytes. Rejects with the system's error where it cannot be read. */
export async function fileHash(path: string, encoding: "base64" | "hex" = "base64"): Promise<string> {
  const hash = createHash("sha256");
  // The stream closes the file.
  for await (const chunk of (await openRegular(path)).createReadStream()) hash.update(chunk);
  return hash.digest(encoding);
}
