// multihot/web in Chromium, on a folder that `export --format web` wrote; Node's predictor is the truth.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import sharp from "sharp";
import type { Tagged } from "../../src/bundle/prediction.js";
import { loadBundle, type Predictor } from "../../src/bundle/predictor.js";
import { openPicture } from "../../src/data/decode/decode.js";
import { writeSample } from "../../src/data/sample/sample.js";
import { exportBundle } from "../../src/export/export.js";
import { bundleOf, drawnNetwork } from "../support/bundles.js";
import { withoutBrowser } from "./chromium.js";
import { call, openSite, type Site } from "./fixture.js";

const golden = fileURLToPath(new URL("../../../test/golden/pictures", import.meta.url));

interface Loaded {
  device: string;
  threads: number;
  labels: string[];
  thresholds: number[];
  progress: { part: string; loaded: number; total: number; cached: boolean }[];
}

function distance(a: Tagged, b: Tagged): number {
  assert.deepEqual(Object.keys(a.probabilities), Object.keys(b.probabilities));
  return Math.max(
    ...Object.entries(a.probabilities).map(([label, p]) => Math.abs(p - b.probabilities[label])),
  );
}

describe("multihot/web", { skip: withoutBrowser }, () => {
  let folder: string;
  let node: Predictor;
  let site: Site;
  /** A page in which the bundle has been loaded. */
  let page: Page;
  let loaded: Loaded;
  let names: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "multihot-browser-"));
    const at = (name: string) => join(folder, name);
    const bundle = await bundleOf(at("bundle"), drawnNetwork("resnet10-small", 5, 64));
    await exportBundle(bundle, { format: "web", out: at("web") });
    node = await loadBundle(at("web"), { engine: "ort", threads: 1 });
    await writeSample(at("sample"), { images: 20, size: 160, seed: 3 });
    names = await readdir(join(folder, "sample", "images"));
    await mkdir(at("png"));
    for (const name of names) {
      await sharp(at(`sample/images/${name}`)).toFile(at(`png/${name.replace(".jpg", ".png")}`));
    }
    const first = await readFile(at("sample/images/0001.jpg"));
    await mkdir(at("other"));
    await sharp(first).resize(800, 600, { fit: "fill" }).jpeg().toFile(at("other/large.jpg"));
    await writeFile(at("other/cut.jpg"), first.subarray(0, first.length / 2));
    await writeFile(at("other/text.png"), "no picture");
    await writeFile(at("other/empty.png"), "");
    site = await openSite({
      "/some/where/tagger": at("web"),
      "/broken": at("broken"),
      "/sample": at("sample/images"),
      "/png": at("png"),
      "/other": at("other"),
      "/golden": golden,
    });
    page = await site.open();
    loaded = await call(page, "load", "/some/where/tagger");
  });
  after(async () => {
    await site?.close();
    await node?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function inBrowser(paths: readonly string[]): Promise<Tagged[]> {
    return call(page, "predictFiles", paths);
  }

  test("it says what it has loaded, and how far it was while it did", () => {
    assert.equal(loaded.device, "wasm");
    assert.equal(loaded.threads, 1);
    assert.deepEqual(loaded.labels, node.labels);
    assert.deepEqual(loaded.thresholds, node.thresholds);
    for (const part of ["model", "runtime"]) {
      const told = loaded.progress.filter((progress) => progress.part === part);
      assert.equal(told[0].loaded, 0);
      assert.equal(told.at(-1)?.loaded, told.at(-1)?.total);
      assert(told.every(({ loaded }, i) => i === 0 || loaded >= told[i - 1].loaded));
      assert(told.every(({ cached }) => !cached));
    }
    assert(loaded.progress.length > 4);
  });

  test("20 pictures give Node's numbers: PNG within 1e-4, JPEG within 1e-3", async (t) => {
    const { labels } = node;
    for (const [kind, tolerance] of [
      ["png", 1e-4],
      ["jpg", 1e-3],
    ] as const) {
      const under = kind === "png" ? "/png/" : "/sample/";
      const inFolder = kind === "png" ? "png" : "sample/images";
      const files = names.map((name) => name.replace("jpg", kind));
      const found = await inBrowser(files.map((file) => under + file));
      const wanted = (await node.predict(files.map((file) => join(folder, inFolder, file)))) as Tagged[];
      const worst = Math.max(...found.map((tagged, i) => distance(tagged, wanted[i])));
      t.diagnostic(`${kind}: ${worst.toExponential(1)}`);
      assert(worst < tolerance, `${kind}: ${worst}`);
      for (const [i, { image, labels }] of found.entries()) {
        assert.equal(image, files[i]);
        assert.deepEqual(labels, wanted[i].labels);
      }
      for (const label of labels) {
        const all = wanted.map(({ probabilities }) => probabilities[label]);
        assert(Math.max(...all) - Math.min(...all) > 0.02, `${label} tells pictures apart`);
      }
    }
  });

  test("where a browser's numbers differ, its decoder does: Node says the same of what it decoded", async (t) => {
    // Chromium rounds CMYK otherwise; and Node lets the decoder shrink what is large, which browsers do not.
    for (const [url, path, atMost] of [
      ["/golden/cmyk.jpg", join(golden, "cmyk.jpg"), 5e-3],
      ["/other/large.jpg", join(folder, "other", "large.jpg"), 1e-3],
    ] as const) {
      const [found] = await inBrowser([url]);
      const [wanted] = (await node.predict([path])) as Tagged[];
      const { width, height, rgb } = await call<{ width: number; height: number; rgb: string }>(
        page,
        "decode",
        url,
      );
      const decoded = Buffer.from(rgb, "base64");
      const png = await sharp(decoded, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
      const [same] = (await node.predict([png])) as Tagged[];
      t.diagnostic(`${url}: ${distance(found, wanted).toExponential(1)} from the file`);
      assert(distance(found, wanted) < atMost, url);
      assert(distance(found, same) < 1e-6, `${url}: ${distance(found, same)}`);
      const { pixels } = await (await openPicture(path)).decode();
      const off = pixels.data.reduce((worst, byte, i) => Math.max(worst, Math.abs(byte - decoded[i])), 0);
      assert(off <= 1, `${url}: ${off} grey levels`);
    }
  });

  test("every kind of picture: EXIF orientation, transparency, greys, palettes, animations, 16 bits", async () => {
    // Browsers read no TIFF, and Chromium does not turn WebP; CMYK is looked at above.
    const others = ["colour.tif", "exif-8.webp", "cmyk.jpg"];
    const files = (await readdir(golden)).filter((name) => !others.includes(name));
    assert(files.length > 20);
    const found = await inBrowser(files.map((name) => `/golden/${name}`));
    const wanted = (await node.predict(files.map((name) => join(golden, name)))) as Tagged[];
    for (const [i, tagged] of found.entries()) {
      assert(distance(tagged, wanted[i]) < 1e-4, `${files[i]}: ${distance(tagged, wanted[i])}`);
    }
  });

  test("a picture may be given as an element, a bitmap, pixels or a blob; only a file has a name", async () => {
    for (const [url, path] of [
      ["/png/0002.png", join(folder, "png", "0002.png")],
      ["/golden/exif-6.jpg", join(golden, "exif-6.jpg")],
    ]) {
      const [wanted] = (await node.predict([path])) as Tagged[];
      for (const way of ["File", "Blob", "HTMLImageElement", "ImageBitmap", "ImageData"]) {
        const { image, ...found } = await call<Tagged>(page, "predictAs", way, url);
        assert(distance(found, wanted) < 1e-4, `${way}, ${url}`);
        assert.deepEqual(found.labels, wanted.labels);
        assert.equal(image, way === "File" ? url.replace(/.*\//, "") : undefined);
      }
    }
    const missing = await call<Tagged>(page, "predictAs", "HTMLImageElement", "/missing.png");
    assert.deepEqual(missing, {
      error: "The image element shows no picture; its source may be missing or damaged.",
    });
  });

  test("what is no picture gets a sentence, and its neighbours their tags", async () => {
    const found = await inBrowser([
      "/png/0001.png",
      "/other/cut.jpg",
      "/other/text.png",
      "/other/empty.png",
      "/png/0002.png",
    ]);
    const unreadable = "This is no picture that this browser can read, or it is damaged.";
    assert.deepEqual(found.slice(1, 4), [
      { image: "cut.jpg", error: unreadable },
      { image: "text.png", error: unreadable },
      { image: "empty.png", error: "The file is empty." },
    ]);
    const wanted = (await node.predict([
      join(folder, "png", "0001.png"),
      join(folder, "png", "0002.png"),
    ])) as Tagged[];
    assert(distance(found[0], wanted[0]) < 1e-4);
    assert(distance(found[4], wanted[1]) < 1e-4);
  });

  test("the model is downloaded once, and again when it is another", async () => {
    const model = "/some/where/tagger/model.onnx";
    const asked = () => site.server.asked.filter((path) => path === model).length;
    const before = asked();
    const { progress } = await call<Loaded>(page, "load", "/some/where/tagger/");
    assert.equal(asked(), before);
    assert.deepEqual(
      progress.filter(({ part }) => part === "model").map(({ cached }) => cached),
      [true],
    );
    await call(page, "load", "/some/where/tagger/", { cache: false });
    assert.equal(asked(), before + 1);
    const keys =
      "caches.open('multihot').then((cache) => cache.keys()).then((keys) => keys.map((key) => key.url))";
    assert.match(String(await page.evaluate(keys)), /^[^,]*\/model\.onnx\?sha256=[0-9a-f]{64}$/);
  });

  test("loading and tagging can be given up, and the predictor closed", async () => {
    assert.equal(await call(page, "abortLoad", "/some/where/tagger"), "AbortError");
    const { name, after } = await call<{ name: string; after: Tagged }>(
      page,
      "abortPredict",
      "/png/0003.png",
    );
    assert.equal(name, "AbortError");
    const [wanted] = (await node.predict([join(folder, "png", "0003.png")])) as Tagged[];
    assert(distance(after, wanted) < 1e-4);
    assert.deepEqual(
      await call(page, "closed", "/png/0003.png"),
      new Array(2).fill("The predictor is closed."),
    );
  });

  test("a bundle that is not as it should be is told by what is wrong", async () => {
    const broken = join(folder, "broken");
    const manifest = JSON.parse(await readFile(join(folder, "web", "multihot.json"), "utf8"));
    const { probabilities } = manifest.selfCheck;
    const check = { image: "self-check.png", probabilities: probabilities.map((p: number) => 1 - p) };
    const changes: [string, (dir: string) => Promise<unknown>, RegExp][] = [
      [
        "self-check",
        (dir) => writeFile(join(dir, "multihot.json"), JSON.stringify({ ...manifest, selfCheck: check })),
        /UserError: The bundle http:\S+\/broken\/self-check\/ fails its self-check: on its own picture, label "label \d" has .* computes wrongly with WebAssembly\./,
      ],
      [
        "hash",
        (dir) => writeFile(join(dir, "model.onnx"), "another file"),
        /model\.onnx is not the file that multihot\.json tells of: its SHA-256 is/,
      ],
      [
        "page",
        (dir) => writeFile(join(dir, "multihot.json"), "<!doctype html>"),
        /multihot\.json is not JSON\. Is http:\S+\/broken\/page\/ the folder/,
      ],
      [
        "newer",
        (dir) => writeFile(join(dir, "multihot.json"), JSON.stringify({ ...manifest, format: 2 })),
        /does not describe a bundle:\n {2}- format: found 2, wanted 1/,
      ],
      [
        "shorter",
        (dir) => writeFile(join(dir, "multihot.json"), JSON.stringify({ ...manifest, thresholds: [0.5] })),
        /thresholds: wanted a number for each label/,
      ],
      ["runtime", (dir) => rm(join(dir, "runtime"), { recursive: true }), /\.wasm cannot be fetched: .* 404/],
    ];
    for (const [name, change, sentence] of changes) {
      const dir = join(broken, name);
      await cp(join(folder, "web"), dir, { recursive: true });
      await change(dir);
      await assert.rejects(call(page, "load", `/broken/${name}`, { device: "wasm" }), sentence);
    }
    await assert.rejects(call(page, "load", "/nowhere"), /nowhere\/multihot\.json cannot be fetched: .* 404/);
    // A check that is not wanted does not fail.
    assert.equal(
      (await call<Loaded>(page, "load", "/broken/self-check", { selfCheck: false })).device,
      "wasm",
    );
  });
});
