// The same numbers everywhere: one bundle and 200 pictures on each of our engines, on ONNX Runtime without any of
// our code, on torchvision's ResNet with the exported weights, and in Chromium.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { UserError } from "../../src/base/errors.js";
import { runPython } from "../../src/bench/python.js";
import { readBundle } from "../../src/bundle/bundle.js";
import { unmeasured } from "../../src/bundle/manifest.js";
import { loadBundle } from "../../src/bundle/predictor.js";
import { writeBundle } from "../../src/bundle/write.js";
import { writeSample } from "../../src/data/sample/sample.js";
import { centerTransform } from "../../src/data/transform/crop-plan.js";
import { preparePicture } from "../../src/data/transform/prepare-image.js";
import type { Engine } from "../../src/engines/engine.js";
import { exportBundle } from "../../src/export/export.js";
import { float32, type TensorOf, tensor } from "../../src/graph/tensor.js";
import type { Network } from "../../src/models/network.js";
import { sharedFile } from "../support/shared-data.js";
import { Exchange } from "./exchange.js";
import { inBrowser } from "./in-browser.js";
import { torchvisionResnet } from "./networks.js";
import { type Report, short } from "./report.js";

const NETWORK = "resnet50";
const SIZE = 128;
const PICTURES = 200;
const BATCH = 20;
/** What probabilities in float32 may differ by. What coarser ones differ by is told. */
const LIMIT = 1e-4;
/** The same where a browser has decoded the pictures. */
const BROWSER_LIMIT = 1e-3;

/** Photographs where there are some, else drawn pictures. */
async function pictureFiles(folder: string): Promise<string[]> {
  const photographs = sharedFile("data/coco18/images");
  let images = photographs.path;
  if (photographs.skip) {
    await writeSample(join(folder, "drawn"), { images: PICTURES, size: 160 });
    images = join(folder, "drawn", "images");
  }
  return (await readdir(images))
    .sort()
    .slice(0, PICTURES)
    .map((name) => join(images, name));
}

/** Batches of prepared pictures. */
function batchesOf(pixels: Uint8Array): Uint8Array[] {
  const bytes = BATCH * SIZE * SIZE * 3;
  return Array.from({ length: Math.ceil(pixels.length / bytes) }, (_, i) =>
    pixels.subarray(i * bytes, (i + 1) * bytes),
  );
}

const shapeOf = (images: Uint8Array) => [images.length / (SIZE * SIZE * 3), SIZE, SIZE, 3];

/**
 * The classifier moved and scaled so that each label's logits have mean 0 and deviation 2 over the pictures: drawn
 * weights alone would say nearly the same of all of them, and a difference would not show.
 */
async function spread(net: Network, engine: Engine, pixels: Uint8Array): Promise<void> {
  const program = await engine.compile(net.graph);
  const logits: number[] = [];
  for (const images of batchesOf(pixels)) {
    const image = tensor("uint8", shapeOf(images), images);
    logits.push(...((await program.run({ image })).logits.data as Float32Array));
  }
  await program.close();
  const { initializers } = net.graph;
  const weight = initializers.get("fc.weight") as TensorOf<"float32">;
  const bias = initializers.get("fc.bias") as TensorOf<"float32">;
  const factors = new Float32Array(net.labels);
  const shifts = new Float32Array(net.labels);
  for (let label = 0; label < net.labels; label++) {
    const values = logits.filter((_, i) => i % net.labels === label);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    factors[label] = 2 / deviation;
    shifts[label] = (bias.data[label] - mean) * factors[label];
  }
  const [, width] = weight.shape;
  const scaled = weight.data.map((w, i) => w * factors[Math.floor(i / width)]);
  initializers.set("fc.weight", float32(weight.shape, scaled));
  initializers.set("fc.bias", float32(bias.shape, shifts));
}

/** ONNX Runtime as its documentation shows it. */
async function plainly(model: string, pixels: Uint8Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model);
  const found: number[] = [];
  for (const images of batchesOf(pixels)) {
    const image = new ort.Tensor("uint8", images, shapeOf(images));
    found.push(...((await session.run({ image })).probabilities.data as Float32Array));
  }
  await session.release();
  return Float32Array.from(found);
}

type Choice = { engine: "ort" | "onednn"; precision: "fp32" | "bf16" };

/** Our predictor, from the files; undefined, and why, where this machine has no such engine. */
async function predicted(dir: string, choice: Choice, files: readonly string[]) {
  try {
    const predictor = await loadBundle(dir, choice);
    const found = await predictor.predict(files).finally(() => predictor.close());
    return Float32Array.from(
      found.flatMap((one) => {
        if (one.error !== undefined) throw new Error(`${one.image}: ${one.error}`);
        return predictor.labels.map((label) => one.probabilities[label]);
      }),
    );
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function tell(report: Report, what: string, precision: string, difference: number): void {
  if (precision === "fp32") report.atMost(what, difference, LIMIT);
  else report.tell(`${what} (by its precision)`, difference);
}

function worst(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} values are held against ${b.length}.`);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}

export async function sameNumbers(folder: string, report: Report, engine: Engine): Promise<void> {
  const files = await pictureFiles(folder);
  await runPython("test/parity/checkpoint.py", folder, 50, "zip");
  const net = await torchvisionResnet(folder, NETWORK, SIZE);
  const prepared = await Promise.all(
    files.map((file) => preparePicture(file, centerTransform(net.preprocess))),
  );
  const pixels = Uint8Array.from(Buffer.concat(prepared));
  await spread(net, engine, pixels);
  const labels = Array.from({ length: net.labels }, (_, i) => `label ${i}`);
  const bundle = join(folder, "bundle");
  await writeBundle(bundle, {
    network: net,
    labels,
    thresholds: labels.map(() => 0.5),
    metrics: unmeasured,
    selfCheckImage: await readFile(files[0]),
    engine,
  });
  const { folder: dir } = await readBundle(bundle);

  // Every other runtime is held against this one.
  const own = await plainly(join(dir, "model.onnx"), pixels);
  const sorted = own.toSorted();
  const at = (share: number) => short(sorted[Math.floor(share * (sorted.length - 1))]);
  report.note(`${files.length} pictures, ${labels.length} labels; probabilities ${at(0.05)} to ${at(0.95)}`);
  report.note("largest difference of a probability from ONNX Runtime on model.onnx:");
  const choices: readonly Choice[] = [
    { engine: "ort", precision: "fp32" },
    { engine: "onednn", precision: "fp32" },
    { engine: "onednn", precision: "bf16" },
  ];
  for (const choice of choices) {
    const name = `the predictor, ${choice.engine} ${choice.precision}`;
    const found = await predicted(dir, choice, files);
    if (typeof found === "string") report.note(`${name}, left out: ${found}`);
    else tell(report, name, choice.precision, worst(found, own));
  }
  for (const precision of ["fp32", "fp16"] as const) {
    const out = join(folder, `${precision}.onnx`);
    await exportBundle(dir, { format: "onnx", out, precision });
    tell(
      report,
      `ONNX Runtime, exported onnx ${precision}`,
      precision,
      worst(await plainly(out, pixels), own),
    );
  }
  const weights = join(folder, "weights.safetensors");
  await exportBundle(dir, { format: "safetensors", out: weights });
  await writeFile(join(folder, "pixels.bin"), pixels);
  await writeFile(join(folder, "pictures.json"), JSON.stringify(files));
  await runPython("test/parity/same_numbers.py", folder, NETWORK, weights, SIZE, net.preprocess.resize);
  const torch = await Exchange.read(folder, "torch");
  report.atMost("torchvision, exported safetensors", worst(torch.get("pixels", "float32"), own), LIMIT);
  const decoded = worst(torch.get("files", "float32"), own);
  report.tell("torchvision with Pillow's decoder and torchvision's resize", decoded);

  const web = join(folder, "web");
  await exportBundle(dir, { format: "web", out: web, precision: "fp32" });
  for (const device of ["wasm", "webgpu"] as const) {
    const name = `multihot/web in Chromium, ${device}`;
    const found = await inBrowser(web, device, files);
    if (typeof found === "string") report.note(`${name}, left out: ${found}`);
    else report.atMost(name, worst(found, own), BROWSER_LIMIT);
  }
}
