// Checksums: SHA256SUMS in a bundle, by which a file that was damaged or cut short is known; `sha256sum -c` reads it too.
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileHash } from "../data/files/file-hash.js";

export const CHECKSUMS = "SHA256SUMS";

/** Writes the checksums of all files in a folder. */
export async function writeChecksums(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== CHECKSUMS).sort();
  const lines = await Promise.all(
    names.map(async (name) => `${await fileHash(join(folder, name), "hex")}  ${name}\n`),
  );
  await writeFile(join(folder, CHECKSUMS), lines.join(""));
}

/**
 * What is wrong with the files of a folder, a sentence each; nothing where it has no checksums.
 * @param named the folder as messages name it
 */
export async function checksumProblems(folder: string, named: string): Promise<string[]> {
  const path = join(folder, CHECKSUMS);
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  const problems = await Promise.all(
    lines.map(async (line) => {
      const [, sha256, name] = /^([0-9a-f]{64}) {2}([^/\\]+)$/.exec(line) ?? [];
      if (name === undefined) return `${join(named, CHECKSUMS)} is damaged: a line is no checksum and name.`;
      const found = await fileHash(join(folder, name), "hex").catch(() => undefined);
      if (found === sha256) return [];
      return (
        `${join(named, name)} is ${found === undefined ? "missing" : "not as it was written"}, by ${CHECKSUMS}. Put it ` +
        `back from a copy. If you changed it yourself, delete ${CHECKSUMS}.`
      );
    }),
  );
  return problems.flat();
}
