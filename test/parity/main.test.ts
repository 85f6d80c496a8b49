import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("./main.js", import.meta.url));

/** With an interpreter that is none. */
const parity = (args: readonly string[], settings: Record<string, string> = {}) =>
  spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env: { ...process.env, MULTIHOT_PYTHON: "/no/python3", MULTIHOT_PARITY: "", ...settings },
  });

test("without PyTorch the check fails with a sentence, unless it is optional", () => {
  const { status, stderr } = parity([]);
  assert.equal(status, 1);
  assert.match(stderr, /^Parity with PyTorch was not checked: There is no \/no\/python3 .*python3-torch/);
  assert.equal(parity([], { MULTIHOT_PARITY: "optional" }).status, 0);
});

test("an unknown part is refused with those that there are", () => {
  const { status, stderr } = parity(["gradient"], { MULTIHOT_PARITY: "optional" });
  assert.equal(status, 1);
  assert.match(stderr, /no part gradient; .*gradients/);
});
