// Outside truth: onnxruntime-node, run on the exported file without any of our code, beside the bundle's own
// numbers; for safetensors the published specification, read by hand.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as ort from "onnxruntime-node";
import { bundleOf, drawnNetwork } from "../../test/support/bundles.js";
import { colourNetwork } from "../../test/support/colours.js";
import { smallRun } from "../../test/support/small-run.js";
import { UserError } from "../base/errors.js";
import { random } from "../base/random.js";
import { readBundle } from "../bundle/bundle.js";
import { mlpHead } from "../models/heads/index.js";
import { readStateDict } from "../models/weights/state-dict.js";
import { exportBundle } from "./export.js";

let folder: string;
let bundle: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-export-"));
  bundle = await bundleOf(join(folder, "bundle"), drawnNetwork("resnet10-small", 3));
});
after(() => rm(folder, { recursive: true, force: true }));

const stream = random(1, "pictures");
const pictures = Uint8Array.from({ length: 4 * 32 * 32 * 3 }, () => stream.integer(256));

async function probabilitiesOf(model: string, size = 32): Promise<number[]> {
  const session = await ort.InferenceSession.create(model);
  const image = new ort.Tensor("uint8", pictures, [pictures.length / (size * size * 3), size, size, 3]);
  const { probabilities } = await session.run({ image });
  await session.release();
  return Array.from(probabilities.data as Float32Array);
}

const worst = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i])));

test("onnx: the file alone gives the bundle's numbers, in fp16 nearly, with BatchNormalization folded", async () => {
  const wanted = await probabilitiesOf(join(bundle, "model.onnx"));
  assert(Math.max(...wanted) - Math.min(...wanted) > 0.1, "the pictures differ");
  for (const [precision, tolerance] of [
    ["fp32", 1e-5],
    ["fp16", 2e-3],
  ] as const) {
    const out = join(folder, `${precision}.onnx`);
    const { files } = await exportBundle(bundle, { format: "onnx", out, precision });
    assert.deepEqual(files, [out, join(folder, `${precision}.json`)]);
    const found = await probabilitiesOf(out);
    assert(worst(found, wanted) < tolerance, `${precision}: ${worst(found, wanted)}`);
    assert(!(await readFile(out)).includes("BatchNormalization"));
  }
  const [whole, half] = [await stat(join(folder, "fp32.onnx")), await stat(join(folder, "fp16.onnx"))];
  assert(half.size < 0.55 * whole.size);
});

test("onnx: labels, thresholds and preprocessing are in the file and beside it", async () => {
  const out = join(folder, "told.onnx");
  await exportBundle(bundle, { format: "onnx", out });
  const { manifest } = await readBundle(bundle);
  const beside = JSON.parse(await readFile(join(folder, "told.json"), "utf8"));
  for (const key of ["labels", "thresholds", "preprocess"] as const) {
    assert.deepEqual(beside[key], manifest[key]);
    assert((await readFile(out)).includes(JSON.stringify(manifest[key])), key);
  }
});

test("safetensors: an aligned header, and the bundle's weights under their names", async () => {
  const out = join(folder, "weights.safetensors");
  const notes: string[] = [];
  await exportBundle(bundle, { format: "safetensors", out }, { onNote: (note) => notes.push(note) });
  const bytes = await readFile(out);
  const length = Number(bytes.readBigUInt64LE());
  assert.equal(length % 8, 0);
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  assert.equal(header.__metadata__.format, "pt");
  assert.deepEqual(JSON.parse(header.__metadata__.labels), ["label 0", "label 1", "label 2"]);
  const { graph } = await readBundle(bundle);
  const weights = await readStateDict(out);
  assert.equal(
    weights.size,
    [...graph.initializers.keys()].filter((name) => !name.startsWith("preprocess.")).length,
  );
  for (const [name, { data, shape }] of weights) {
    assert.deepEqual(data, graph.initializers.get(name)?.data);
    assert.deepEqual(header[name].shape, shape);
  }
  assert.match(notes.join(), /torchvision has no resnet10-small/);
});

test("safetensors: a ResNet that is not torchvision's is refused by the names that differ", async () => {
  const net = drawnNetwork("resnet18", 2);
  const dir = await bundleOf(join(folder, "headed"), { ...net, backbone: "resnet34" });
  await assert.rejects(
    exportBundle(dir, { format: "safetensors", out: join(folder, "x.safetensors") }),
    (error) => {
      assert(error instanceof UserError);
      assert.match(error.message, /torchvision.models.resnet34 could not load/);
      assert(error.problems.includes("layer1.2.conv1.weight is missing"));
      return true;
    },
  );
  await exportBundle(await bundleOf(dir, net), { format: "safetensors", out: join(folder, "x.safetensors") });
});

test("safetensors: two layers are a Sequential's, with the calibration in the second", async () => {
  const [labels, hidden, width] = [2, 5, 512];
  const net = drawnNetwork("resnet18", labels, 32, mlpHead({ hidden, scale: 0.25 }));
  const calibration = { method: "platt", scale: [1.5, 0.5], shift: [-0.25, 2] };
  const dir = await bundleOf(join(folder, "layers"), net, undefined, calibration);
  const out = join(folder, "layers.safetensors");
  const notes: string[] = [];
  await exportBundle(dir, { format: "safetensors", out }, { onNote: (note) => notes.push(note) });
  assert.match(notes.join(), /fc = nn.Sequential\(nn.Linear\(512, 5\), nn.ReLU\(\), nn.Linear\(5, 2\)\)/);
  const weights = await readStateDict(out);
  const head = [...weights.keys()].filter((name) => !/^(conv1|bn1|layer\d)\./.test(name)).sort();
  assert.deepEqual(head, ["fc.0.bias", "fc.0.weight", "fc.2.bias", "fc.2.weight"]);

  // W x + b by hand, in float64.
  const linear = (from: (name: string) => Float32Array, name: string, x: readonly number[]) =>
    Array.from(from(`${name}.bias`), (b, i) => {
      const row = from(`${name}.weight`).subarray(i * x.length, (i + 1) * x.length);
      return x.reduce((sum, value, j) => sum + value * row[j], b);
    });
  const logits = (from: (name: string) => Float32Array, x: readonly number[]) =>
    linear(
      from,
      "fc.2",
      linear(from, "fc.0", x).map((value) => Math.max(0, value)),
    );
  const features = Array.from({ length: width }, () => stream.normal());
  const scaled = features.map((x) => 0.25 * x);
  const wanted = logits((name) => net.graph.initializers.get(name)?.data as Float32Array, scaled);
  const found = logits((name) => weights.get(name)?.data as Float32Array, features);
  for (const [i, logit] of found.entries()) {
    const { scale, shift } = calibration;
    assert(Math.abs(logit - (scale[i] * wanted[i] + shift[i])) < 1e-5);
  }
});

test("onnx-int8: calibrated and measured on labelled pictures; a loss of more than a point is refused", async () => {
  const run = join(folder, "run");
  await smallRun(run, 24);
  const data = join(run, "labels.csv");
  const net = drawnNetwork("resnet10-small", 3);
  const dir = await bundleOf(join(run, "bundle"), net, ["red", "green", "blue"]);
  const out = join(folder, "int8.onnx");
  await assert.rejects(
    exportBundle(dir, { format: "onnx-int8", out }),
    /the run of .* is not beside it any more. Name a labels file with --data/,
  );
  const { files, quality } = await exportBundle(dir, {
    format: "onnx-int8",
    out,
    data,
    force: true,
    threads: 1,
  });
  assert.deepEqual(files, [out, join(folder, "int8.json")]);
  assert.equal(quality?.images, 24);
  assert((await stat(out)).size < 0.3 * (await stat(join(dir, "model.onnx"))).size);
  const wanted = await probabilitiesOf(join(dir, "model.onnx"));
  const found = await probabilitiesOf(out);
  assert(worst(found, wanted) < 0.2, `${worst(found, wanted)}`);
});

test("a network without convolutions can be exported too", async () => {
  const dir = await bundleOf(join(folder, "colours"), colourNetwork());
  const out = join(folder, "colours.onnx");
  await exportBundle(dir, { format: "onnx", out, precision: "fp16" });
  const size = 8;
  assert(
    worst(await probabilitiesOf(out, size), await probabilitiesOf(join(dir, "model.onnx"), size)) < 1e-6,
  );
});

test("options that cannot be are told all at once; folders that are missing are made, and a place that cannot be is told first", async () => {
  await assert.rejects(exportBundle(bundle, { format: "onnx", out: "x.pt", precision: "int8" }), (error) => {
    assert(error instanceof UserError);
    assert.deepEqual(error.problems, [
      "out: must be a file that ends in .onnx for onnx",
      "precision: onnx has fp32 and fp16",
    ]);
    return true;
  });
  const out = join(folder, "missing", "deeper", "x.onnx");
  await exportBundle(bundle, { format: "onnx", out });
  assert((await stat(out)).isFile(), "folders that are missing are made");
  // Before anything is measured.
  const below = join(out, "x.onnx");
  await assert.rejects(
    exportBundle(bundle, { format: "onnx-int8", out: below, data: "nowhere.csv" }),
    /x.onnx cannot be written: .*Choose another --out/,
  );
});
