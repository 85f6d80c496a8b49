// The training step in a page, as plain modules that a server hands out: no bundler, no Node.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ortEngine } from "../../src/engines/index.js";
import { withoutBrowser } from "./chromium.js";
import { type Trained, train } from "./core-step.js";
import { openSite } from "./fixture.js";

const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** The one package that the step imports by its name, where a page finds it. */
const page = `<!doctype html>
<script type="importmap">{ "imports": { "pbf": "/modules/pbf/index.js" } }</script>`;

test("a page trains as Node does: losses within 1e-5", { skip: withoutBrowser }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "multihot-step-"));
  await writeFile(join(folder, "index.html"), page);
  const site = await openSite({ "/page": folder, "/modules": modules });
  try {
    const opened = await site.open();
    await opened.goto(`${site.server.origin}/page/index.html`);
    const found = await opened.evaluate<Trained>(`(async () => {
      const ort = await import("/modules/onnxruntime-web/dist/ort.wasm.min.mjs");
      ort.env.wasm.wasmPaths = "/modules/onnxruntime-web/dist/";
      ort.env.wasm.numThreads = 1;
      const { trainInThread } = await import("/lib/test/browser/core-step.js");
      return trainInThread(ort);
    })()`);
    const wanted = await train(ortEngine({ threads: 1 }));
    assert.ok(wanted.losses[5] < wanted.losses[0]);
    // AdamW makes steps of one size of gradients that are next to nothing, and so more of what kernels round otherwise.
    for (const [what, tolerance] of [
      ["losses", 1e-5],
      ["logits", 1e-4],
    ] as const) {
      assert.equal(found[what].length, wanted[what].length);
      const worst = Math.max(...found[what].map((value, i) => Math.abs(value - wanted[what][i])));
      t.diagnostic(`${what}: ${worst.toExponential(1)}`);
      assert.ok(worst < tolerance, `${what}: ${found[what]}, in Node ${wanted[what]}`);
    }
    // None of what it loaded is Node's.
    assert.ok(site.server.asked.every((path) => !/\/engines\/(onednn|worker|trial)\//.test(path)));
  } finally {
    await site.close();
    await rm(folder, { recursive: true, force: true });
  }
});
