// One reader under fuzz in a process of its own, so that nothing it does ends more than that: READER SEED MILLISECONDS CRASHES.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fuzz } from "./fuzz.js";
import { readers } from "./readers.js";

const [name, seed, milliseconds, crashes] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "multihot-fuzz-"));
try {
  const reader = (await readers(folder)).find((one) => one.name === name);
  if (reader === undefined) throw new Error(`There is no reader of ${name}.`);
  const row = await fuzz(reader, {
    seed: Number(seed),
    milliseconds: Number(milliseconds),
    ...(crashes && { crashes }),
  });
  process.stdout.write(JSON.stringify(row));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
