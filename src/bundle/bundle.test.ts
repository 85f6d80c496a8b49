// Outside truth: the logistic function in double, of a network whose logits can be told by hand; and
// onnxruntime-node itself, run on the file without any of our code.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as ort from "onnxruntime-node";
import { colourNetwork, colours, plain, probabilityOf } from "../../test/support/colours.js";
import { UserError } from "../base/errors.js";
import { ortEngine } from "../engines/index.js";
import { float32 } from "../graph/tensor.js";
import { readBundle } from "./bundle.js";
import { CHECKSUMS } from "./checksums.js";
import { replaceFolder } from "./folder.js";
import { unmeasured } from "./manifest.js";
import { loadBundle } from "./predictor.js";
import { type BundleContent, writeBundle } from "./write.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-bundle-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Writes a bundle of the colour network. */
async function written(name: string, changes: Partial<BundleContent> = {}): Promise<string> {
  const dir = join(folder, name);
  await writeBundle(dir, {
    network: colourNetwork(),
    labels: colours,
    thresholds: [0.5, 0.5, 0.9],
    metrics: unmeasured,
    selfCheckImage: await plain([200, 120, 60], "jpeg"),
    engine: ortEngine({ threads: 1 }),
    ...changes,
  });
  return dir;
}

async function changeManifest(
  dir: string,
  change: (manifest: Record<string, unknown>) => void,
): Promise<void> {
  // As a message says to whoever changes a file.
  await rm(join(dir, CHECKSUMS), { force: true });
  const file = join(dir, "multihot.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  change(manifest);
  await writeFile(file, JSON.stringify(manifest));
}

test("a bundle tags pictures as its network would by hand", async () => {
  const dir = await written("round-trip");
  const predictor = await loadBundle(dir, { threads: 1, batch: 2 });
  assert.deepEqual(predictor.labels, colours);
  const file = join(folder, "purple.png");
  await writeFile(file, await plain([255, 0, 170]));
  const [purple, grey, black] = await predictor.predict([
    file,
    await plain([128, 128, 128]),
    await plain([0, 0, 0]),
  ]);
  assert(purple.error === undefined && grey.error === undefined && black.error === undefined);
  assert.equal(purple.image, file);
  assert.equal("image" in grey, false);
  for (const [label, colour] of [
    ["red", 255],
    ["green", 0],
    ["blue", 170],
  ] as const) {
    assert(Math.abs(purple.probabilities[label] - probabilityOf(colour)) < 1e-6);
  }
  // σ(10 · 170/255 − 5) = 0.84: above the threshold of red and green, below that of blue.
  assert.deepEqual(purple.labels, ["red"]);
  assert.deepEqual(grey.labels, ["red", "green"]);
  assert.deepEqual(black.labels, []);
  await predictor.close();
});

test("model.onnx gives the same numbers in plain ONNX Runtime, with standard operators alone", async () => {
  const dir = await written("plain");
  const session = await ort.InferenceSession.create(join(dir, "model.onnx"));
  assert.deepEqual(session.inputNames, ["image"]);
  assert.deepEqual([...session.outputNames].sort(), ["logits", "probabilities"]);
  const images = new Uint8Array(2 * 8 * 8 * 3).fill(51, 192);
  const { logits, probabilities } = await session.run({
    image: new ort.Tensor("uint8", images, [2, 8, 8, 3]),
  });
  assert.deepEqual([...logits.dims], [2, 3]);
  const wanted = [0, 0, 0, 51, 51, 51].map(probabilityOf);
  for (const [i, p] of wanted.entries()) {
    assert(Math.abs(Number(probabilities.data[i]) - p) < 1e-6);
    assert(Math.abs(Number(logits.data[i]) - Math.log(p / (1 - p))) < 1e-5);
  }
  await session.release();
  const { graph } = await readBundle(dir);
  assert.deepEqual([...new Set(graph.nodes.map(({ domain }) => domain))], [""]);
});

test("a threshold that a probability meets exactly gives the label", async () => {
  const dir = await written("threshold");
  const grey = await plain([128, 128, 128]);
  const first = await loadBundle(dir, { threads: 1 });
  const [before] = await first.predict([grey]);
  assert(before.error === undefined);
  await first.close();
  await changeManifest(dir, (manifest) => {
    manifest.thresholds = colours.map((label) => before.probabilities[label]);
  });
  const second = await loadBundle(dir, { threads: 1 });
  const [after] = await second.predict([grey]);
  assert.deepEqual(after.error === undefined && after.labels, colours);
  await second.close();
});

test("pictures that cannot be read leave their neighbours alone", async () => {
  const dir = await written("broken-pictures");
  const predictor = await loadBundle(dir, { threads: 1, batch: 2 });
  const missing = join(folder, "missing.jpg");
  const cut = (await plain([10, 20, 30], "jpeg")).subarray(0, 200);
  const white = await plain([255, 255, 255]);
  const found = await predictor.predict([Buffer.from("no picture"), missing, white, cut, white]);
  assert.deepEqual(
    found.map(({ error }) => error === undefined),
    [false, false, true, false, true],
  );
  assert.equal(found[1].image, missing);
  assert.match(found[1].error ?? "", /no such file|does not exist|not found/i);
  for (const i of [2, 4]) {
    const { probabilities } = found[i] as { probabilities: Record<string, number> };
    assert(Math.abs(probabilities.red - probabilityOf(255)) < 1e-6);
  }
  assert.deepEqual(await predictor.predict([]), []);
  await predictor.close();
});

test("all that is wrong with a manifest is told at once", async () => {
  const dir = await written("bad-manifest");
  await changeManifest(dir, (manifest) => {
    manifest.labels = ["red", "green", "red"];
    manifest.thresholds = [0.5, 1.7];
    manifest.backbone = 5;
    delete manifest.created;
    (manifest.preprocess as Record<string, unknown>).std = [1, 0, 1];
    (manifest.selfCheck as Record<string, unknown>).image = "../secret.jpg";
  });
  await assert.rejects(readBundle(dir), (error) => {
    assert(error instanceof UserError);
    assert.deepEqual(error.problems, [
      "backbone: found 5, wanted a text",
      "created: found nothing, wanted a time such as 2025-01-31T12:00:00Z",
      'labels: found "red" 2 times, wanted it once',
      "preprocess.std[1]: found 0, wanted a number above 0",
      'selfCheck.image: found "../secret.jpg", wanted the name of a file in the bundle, without a folder',
      "thresholds: found 2 values, wanted one for each of the 3 labels",
      "thresholds[1]: found 1.7, wanted a number from 0 to 1",
    ]);
    return true;
  });
});

test("a manifest of another format, or that is no JSON, is told as such", async () => {
  const dir = await written("other-format");
  await changeManifest(dir, (manifest) => {
    manifest.format = 2;
  });
  await assert.rejects(readBundle(dir), /format: found 2, wanted 1, .*newer multihot/);
  await writeFile(join(dir, "multihot.json"), "{");
  await assert.rejects(readBundle(dir), /multihot\.json is not JSON/);
});

test("what is missing in a bundle, and a model for other labels, are told", async () => {
  await assert.rejects(readBundle(join(folder, "nowhere")), /has no model\.onnx and no multihot\.json/);
  const run = join(folder, "run");
  const inside = await written("run/bundle");
  await assert.rejects(readBundle(run), {
    message: `${run} is not a bundle: it has no model.onnx and no multihot.json. ${inside} is one.`,
  });
  const dir = await written("other-labels");
  await changeManifest(dir, (manifest) => {
    manifest.labels = ["red", "green"];
    manifest.thresholds = [0.5, 0.5];
    (manifest.selfCheck as Record<string, unknown>).probabilities = [0.5, 0.5];
  });
  await rm(join(dir, "self-check.jpg"));
  await assert.rejects(readBundle(dir), (error) => {
    assert(error instanceof UserError);
    assert.equal(error.problems.length, 3);
    assert.match(error.message, /found logits float32 \[N, 3\], wanted logits float32 \[N, 2\]/);
    assert.match(error.message, /self-check\.jpg, the picture of the self-check, is missing/);
    return true;
  });
});

test("a model that was altered fails the self-check, which tells both numbers", async () => {
  const dir = await written("altered");
  const other = colourNetwork();
  other.graph.initializers.set("fc.bias", float32([3], [-5, -4, -5]));
  const source = await written("altered-source", { network: other });
  await writeFile(join(dir, "model.onnx"), await readFile(join(source, "model.onnx")));
  await assert.rejects(readBundle(dir), /model\.onnx is not as it was written, by SHA256SUMS/);
  await rm(join(dir, CHECKSUMS));
  const wanted = probabilityOf(120);
  const found = 1 / (1 + (1 / wanted - 1) / Math.E);
  await assert.rejects(loadBundle(dir, { threads: 1 }), (error) => {
    assert(error instanceof UserError);
    const [, label, here, there] =
      /label "(\w+)" has the probability ([\d.]+) here and had ([\d.]+)/.exec(error.message) ?? [];
    assert.equal(label, "green");
    // JPEG may move the colour by a grey level or two.
    assert(Math.abs(Number(here) - found) < 0.03 && Math.abs(Number(there) - wanted) < 0.03, error.message);
    return true;
  });
  await (await loadBundle(dir, { threads: 1, selfCheck: false })).close();
});

test("a model file that was damaged is a sentence about the file, wherever the damage shows", async () => {
  const dir = await written("damaged");
  const file = join(dir, "model.onnx");
  const whole = await readFile(file);
  const renamed = Buffer.from(whole);
  renamed.write("fc.weighs", renamed.indexOf("fc.weight"));
  for (const bytes of [Buffer.alloc(0), whole.subarray(0, whole.length / 2), renamed]) {
    await writeFile(file, bytes);
    await assert.rejects(loadBundle(dir, { threads: 1 }), (error) => {
      assert(error instanceof UserError);
      assert.match(error.message, /damaged/);
      return true;
    });
  }
});

test("options that cannot be are all told", async () => {
  const options = { engine: "tpu", threads: 0, colour: "red" } as object;
  await assert.rejects(loadBundle(folder, options), (error) => {
    assert(error instanceof UserError);
    assert.equal(error.problems.length, 3);
    return true;
  });
});

test("a bundle is replaced whole, and a failure leaves the old one", async () => {
  const dir = await written("replaced");
  const old = await readFile(join(dir, "multihot.json"), "utf8");
  await assert.rejects(written("replaced", { thresholds: [0.5] }), /thresholds: found 1 values, wanted one/);
  await assert.rejects(written("replaced", { selfCheckImage: Buffer.from("no picture") }));
  assert.equal(await readFile(join(dir, "multihot.json"), "utf8"), old);
  await written("replaced", { thresholds: [0.1, 0.2, 0.3] });
  assert.deepEqual((await readBundle(dir)).manifest.thresholds, [0.1, 0.2, 0.3]);
  assert.deepEqual((await readdir(dir)).sort(), [
    "README.md",
    CHECKSUMS,
    "model.onnx",
    "multihot.json",
    "self-check.jpg",
  ]);
  const besides = (await readdir(folder)).filter((name) => name.startsWith("replaced"));
  assert.deepEqual(besides, ["replaced"]);
});

test("a bundle whose replacement was cut off between the renames is still found, and mended", async () => {
  const dir = await written("cut-off");
  const moved = await readFile(join(dir, "multihot.json"), "utf8");
  await replaceFolder(`${dir}.old`, async (next) => {
    for (const file of await readdir(dir)) await writeFile(join(next, file), await readFile(join(dir, file)));
  });
  await rm(dir, { recursive: true });
  await mkdir(`${dir}.new`);
  assert.equal((await readBundle(dir)).manifest.created, JSON.parse(moved).created);
  await assert.rejects(
    replaceFolder(dir, () => Promise.reject(new Error("again"))),
    /again/,
  );
  assert.equal(await readFile(join(dir, "multihot.json"), "utf8"), moved);
});

test("a bundle with any byte changed is refused", async () => {
  const dir = await written("flipped");
  const whole = await readBundle(dir);
  let refused = 0;
  for (const name of ["model.onnx", "multihot.json", "self-check.jpg", CHECKSUMS]) {
    const path = join(dir, name);
    const good = await readFile(path);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] ^= 1 << (at % 8);
      await writeFile(path, bad);
      try {
        const { manifest, graph } = await readBundle(dir);
        assert.deepEqual([manifest, graph], [whole.manifest, whole.graph], `byte ${at} of ${name}`);
      } catch (error) {
        refused++;
        assert.ok(error instanceof UserError, `byte ${at} of ${name}: ${error}`);
      }
    }
    await writeFile(path, good);
  }
  assert.ok(refused > 2000, `${refused}`);
  await readBundle(dir);
});
