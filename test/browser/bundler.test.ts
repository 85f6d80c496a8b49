// An application that imports multihot/web, built by esbuild; and what a page gets from its server's headers.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import sharp from "sharp";
import type { Tagged } from "../../src/bundle/prediction.js";
import { loadBundle } from "../../src/bundle/predictor.js";
import { exportBundle } from "../../src/export/export.js";
import { bundleOf, drawnNetwork } from "../support/bundles.js";
import { withoutBrowser } from "./chromium.js";
import { openSite, type Site } from "./fixture.js";

const project = fileURLToPath(new URL("../../..", import.meta.url));

const application = `
import { loadBundle, type Prediction } from "multihot/web";
const tagger = await loadBundle("../tagger", { device: "wasm" });
document.title = \`\${tagger.device} \${tagger.threads}\`;
export async function tag(url: string): Promise<Prediction> {
  return tagger.predict(await (await fetch(url)).blob());
}
`;

describe("multihot/web in an application", { skip: withoutBrowser }, () => {
  let folder: string;
  let site: Site;
  let picture: Buffer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "multihot-bundler-"));
    const bundle = await bundleOf(join(folder, "bundle"), drawnNetwork("resnet10-small", 3, 64));
    await exportBundle(bundle, { format: "web", out: join(folder, "tagger"), precision: "int8" });
    picture = await sharp({
      create: {
        width: 90,
        height: 70,
        channels: 3,
        background: "#336699",
        noise: { type: "gaussian", mean: 128, sigma: 50 },
      },
    })
      .png()
      .toBuffer();
    await mkdir(join(folder, "node_modules"));
    await symlink(project, join(folder, "node_modules", "multihot"));
    await writeFile(join(folder, "package.json"), '{ "name": "app", "type": "module" }');
    await writeFile(join(folder, "app.ts"), application);
    await writeFile(join(folder, "tagger", "picture.png"), picture);
    site = await openSite(
      { "/app": join(folder, "app"), "/tagger": join(folder, "tagger") },
      {
        headers: {
          "Content-Security-Policy":
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:",
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Embedder-Policy": "require-corp",
        },
      },
    );
  });
  after(async () => {
    await site?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("esbuild makes two small scripts of it, without ONNX Runtime and without Node", async (t) => {
    const { metafile } = await build({
      absWorkingDir: folder,
      entryPoints: { app: "app.ts", worker: "multihot/web/worker" },
      outdir: "app",
      bundle: true,
      minify: true,
      format: "esm",
      metafile: true,
    });
    const inputs = Object.keys(metafile.inputs).filter(
      (path) => !/^app\.ts$|dist\/src\/(web|data|bundle|base)\//.test(path),
    );
    assert.deepEqual(inputs, []);
    for (const [name, most] of [
      ["app.js", 7000],
      ["worker.js", 16000],
    ] as const) {
      const { size } = await stat(join(folder, "app", name));
      t.diagnostic(`${name}: ${size} bytes`);
      assert(size < most);
    }
  });

  test("it runs under a strict policy, in int8 and on threads where the page is isolated", async () => {
    const page = await site.open();
    const app = await page.evaluateHandle('import("/app/app.js")');
    assert.equal(
      await page.title(),
      `wasm ${Math.min(4, Number(await page.evaluate("navigator.hardwareConcurrency")))}`,
    );
    const found = (await page.evaluate(
      "import('/app/app.js').then((m) => m.tag('/tagger/picture.png'))",
    )) as Tagged;
    await app.dispose();
    const [packed, whole] = await Promise.all(
      ["tagger", "bundle"].map(async (name) => {
        const node = await loadBundle(join(folder, name), { engine: "ort", threads: 1 });
        const [tagged] = await node.predict([picture]);
        await node.close();
        return tagged as Tagged;
      }),
    );
    for (const [label, p] of Object.entries(found.probabilities)) {
      assert(Math.abs(p - packed.probabilities[label]) < 1e-4);
      const moved = Math.abs(p - whole.probabilities[label]);
      assert(moved > 0 && moved < 0.05, `${label} moved by ${moved} in int8`);
    }
  });
});
