// Sources: data sets of a few small files, made and read back for the tests of their formats.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { UserError } from "../../src/base/errors.js";
import { type ReadOptions, readDataset, readSource } from "../../src/data/dataset/read.js";

const made: string[] = [];
after(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))));

/** A new folder with these files, which goes when the tests are done; null stands for bytes of their own. */
export async function makeSource(files: Readonly<Record<string, string | null>>): Promise<string> {
  // What stands beside a source is searched for its pictures too.
  const alone = await mkdtemp(join(tmpdir(), "multihot-source-"));
  made.push(alone);
  const root = join(alone, "source");
  await mkdir(root);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text ?? `bytes of ${name}`);
  }
  return root;
}

/** The format that was recognised, the labels, and each picture's path from the folder with its targets. */
export async function summary(root: string, inside = "", options: ReadOptions = {}) {
  const path = join(root, inside);
  const { format } = await readSource(path, options);
  const { labels, pictures, targets, groups } = await readDataset(path, options);
  const rows = pictures.map((picture, i) => [
    picture.path.replace(`${root}/`, ""),
    ...targets.subarray(i * labels.length, (i + 1) * labels.length),
  ]);
  return { format: format.name, labels, rows, ...(groups && { groups }) };
}

/** What a person is told of a source that cannot be read. */
export async function problemsOf(path: string, options?: ReadOptions): Promise<readonly string[]> {
  const error = await readDataset(path, options).then(
    () => assert.fail("it was read"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UserError, String(error));
  return error.problems.length > 0 ? error.problems : [error.message];
}
