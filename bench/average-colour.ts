// How hard the drawn sample is: what a linear model on each picture's average colour reaches on it.
// `node dist/bench/average-colour.js [labels.csv]`; without a file it draws the sample's defaults.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDataset } from "../src/data/dataset/read.js";
import { writeSample } from "../src/data/sample/sample.js";
import { preparePicture } from "../src/data/transform/prepare-image.js";
import { bceWithLogits } from "../src/losses/index.js";
import { meanAveragePrecision } from "../src/metrics/index.js";

const SIZE = 64;
const VALIDATION = 5;
const STEPS = 3000;
const RATE = 2;

const folder = process.argv[2] === undefined ? await mkdtemp(join(tmpdir(), "sample-")) : undefined;
const file = folder ? await writeSample(join(folder, "drawn")) : process.argv[2];
const { pictures, labels, targets } = await readDataset(file);

/** Red, green and blue, averaged, about −1 … 1, and a one for the bias. */
const colours: number[][] = [];
for (const { path } of pictures) {
  const pixels = await preparePicture(path, { kind: "center", resize: SIZE, crop: SIZE });
  const sums = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) sums[i % 3] += pixels[i];
  colours.push([...sums.map((sum) => sum / (SIZE * SIZE) / 127.5 - 1), 1]);
}

const of = (rows: readonly number[]) => ({
  colours: rows.map((row) => colours[row]),
  targets: Float32Array.from(
    rows.flatMap((row) => [...targets.subarray(row * labels.length, (row + 1) * labels.length)]),
  ),
  shape: { images: rows.length, labels: labels.length },
});
const rows = pictures.map((_, i) => i);
const training = of(rows.filter((i) => i % VALIDATION !== 0));
const validation = of(rows.filter((i) => i % VALIDATION === 0));

const weights = labels.map(() => [0, 0, 0, 0]);
const logits = (set: readonly (readonly number[])[]) =>
  Float32Array.from(
    set.flatMap((x) => weights.map((w) => w.reduce((sum, value, k) => sum + value * x[k], 0))),
  );
for (let step = 0; step < STEPS; step++) {
  const { gradient } = bceWithLogits(logits(training.colours), training.targets, {
    ...training.shape,
    reduction: "batchmean",
  });
  for (const [i, x] of training.colours.entries()) {
    weights.forEach((w, label) => {
      for (let k = 0; k < w.length; k++) w[k] -= RATE * gradient[i * labels.length + label] * x[k];
    });
  }
}
const mAP = meanAveragePrecision(logits(validation.colours), validation.targets, validation.shape);
const chance = meanAveragePrecision(
  new Float32Array(validation.targets.length),
  validation.targets,
  validation.shape,
);
console.log(`linear model on average colour: mAP ${mAP?.toFixed(3)}; without looking: ${chance?.toFixed(3)}`);
if (folder) await rm(folder, { recursive: true });
