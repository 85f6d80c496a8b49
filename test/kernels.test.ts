// The WebAssembly kernels that are there are their sources, compiled.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { resizeWasm } from "../src/data/resize/resize-wasm.js";
import { vectorsWasm } from "../src/engines/loops/vectors-wasm.js";
import { bceWasm } from "../src/losses/bce-wasm.js";

test("all that scripts/kernels.mjs compiles", () => {
  const script = `
    import { compiled, kernels } from "./scripts/kernels.mjs";
    console.log(JSON.stringify(kernels.map((kernel) => [kernel.name, compiled(kernel)])));`;
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const args = ["--input-type=module", "--eval", script];
  const found = JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }));
  assert.deepEqual(found, [
    ["resize", resizeWasm],
    ["bce", bceWasm],
    ["vectors", vectorsWasm],
  ]);
});
