import assert from "node:assert/strict";
import { test } from "node:test";
import { rateFactors } from "../step/layer-rates.js";
import { sentenceOf } from "./choice.js";
import { beginnings, phasesOf, tellPhases, tellRates } from "./phases.js";

const stages = ["fc", "layer4", "layer3", "layer2"].map((name) => ({
  name,
  weights: [`${name}.weight`, `${name}.bias`],
}));
const trainable = new Set(stages.slice(0, 3).flatMap(({ weights }) => weights));

const reasons = (phases: Parameters<typeof tellPhases>[0]) =>
  tellPhases(phases, stages, trainable).map(({ reason }) => reason);

test("all that learns does so from the first epoch on, unless it is told to wait", () => {
  const [only, ...rest] = phasesOf(stages, trainable, { epochs: 7, size: 224 });
  assert.deepEqual(rest, []);
  assert.deepEqual([only.first, only.last, only.trainable, only.augmented], [1, 7, trainable, true]);
});

test("stages join from the top, and what is frozen never does", () => {
  const phases = phasesOf(stages, trainable, { epochs: 7, unfreeze: 2, size: 224 });
  assert.deepEqual(
    phases.map(({ first, last, trainable, augmented }) => [first, last, [...trainable].length, augmented]),
    [
      [1, 2, 2, false],
      [3, 4, 4, true],
      [5, 7, 6, true],
    ],
  );
  assert.deepEqual(phases[2].trainable, trainable);
  assert.deepEqual(reasons(phases), [
    "fc learns alone, on images that are neither augmented nor mixed; then layer4 from epoch 3, layer3 from epoch 5 on",
  ]);
  const since = beginnings(phases, [0, 40]);
  assert.deepEqual(
    [since.get("fc.bias"), since.get("layer4.weight"), since.has("layer3.weight")],
    [0, 40, false],
  );
});

test("a run that ends before all could join ends with fewer", () => {
  const phases = phasesOf(stages, trainable, { epochs: 4, unfreeze: 3, size: 224 });
  assert.deepEqual(
    phases.map(({ first, last }) => [first, last]),
    [
      [1, 3],
      [4, 4],
    ],
  );
  assert.equal(reasons(phases)[1], "the run ends before these would have learned: layer3");
  const alone = phasesOf(stages, trainable, { epochs: 3, unfreeze: 3, size: 224 });
  assert.deepEqual(reasons(alone), [
    "fc learns alone, on images that are neither augmented nor mixed",
    "the run ends before these would have learned: layer4; layer3",
  ]);
  assert.equal(phasesOf(stages, trainable, { epochs: 0, unfreeze: 3, size: 224 }).length, 1);
});

test("pictures grow in steps of their own, whatever joins", () => {
  const phases = phasesOf(stages, trainable, { epochs: 8, unfreeze: 3, size: 224, progressive: 128 });
  assert.deepEqual(
    phases.map(({ first, last, size, joining, trainable }) => [
      [first, last],
      size,
      joining.map(({ name }) => name),
      trainable.size,
    ]),
    [
      [[1, 2], 128, ["fc"], 2],
      [[3, 3], 160, [], 2],
      [[4, 4], 160, ["layer4"], 4],
      [[5, 6], 192, [], 4],
      [[7, 8], 224, ["layer3"], 6],
    ],
  );
  assert.match(reasons(phases)[0], /then layer4 from epoch 4, layer3 from epoch 7 on$/);
  assert.equal(
    reasons(phases)[1],
    "training images of 128 pixels, 160 from epoch 3, 192 from epoch 5, 224 from epoch 7 on; validation always has " +
      "the last size",
  );
  assert.deepEqual([...beginnings(phases, [0, 20, 30]).values()], [0, 0, 30, 30]);
});

test("rates fall from stage to stage, and the head may have its own", () => {
  const factors = rateFactors(stages, { layerDecay: 0.5, lr: 0.01 });
  assert.deepEqual(
    ["fc", "layer4", "layer3", "layer2"].map((name) => factors.get(`${name}.bias`)),
    [1, 0.5, 0.25, 0.125],
  );
  const told = (...given: Parameters<typeof tellRates>) => tellRates(...given).map(sentenceOf);
  const own = rateFactors(stages, { layerDecay: 1, lr: 0.01, headLr: 0.3 });
  assert.deepEqual([own.get("fc.weight"), own.get("layer4.weight")], [30, 1]);
  assert.deepEqual(told(stages, trainable, { layerDecay: 0.5, lr: 0.01, headLr: 0.3 }), [
    "learning rates: fc 0.3, layer4 0.005, layer3 0.0025",
  ]);
  assert.deepEqual(told(stages, trainable, { layerDecay: 1, lr: 0.01 }), []);
  const alone = new Set(stages[0].weights);
  assert.deepEqual(told(stages, alone, { layerDecay: 1, lr: 0.01 }), []);
  assert.deepEqual(told(stages, alone, { layerDecay: 0.5, lr: 0.01, headLr: 0.3 }), [
    "learning rates: fc 0.3",
    "--layer-decay 0.5 changes nothing: no stage below the classifier learns",
  ]);
});
