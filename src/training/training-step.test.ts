import assert from "node:assert/strict";
import { test } from "node:test";
import { engines } from "../../test/engines.js";
import {
  golden,
  goldenImages,
  goldenTargets,
  near,
  smallBackbone,
  smallClassifier,
} from "../../test/support/golden-step.js";
import { random } from "../base/random.js";
import { ortEngine } from "../engines/index.js";
import { bce } from "../losses/index.js";
import { kaimingNormal } from "../models/init.js";
import { resnet } from "../models/resnet.js";
import { classifier } from "./classifier.js";
import type { Weights } from "./step/classifier.js";
import { adamw } from "./step/optimizers/adamw.js";
import { sgd } from "./step/optimizers/sgd.js";
import { stepGraphs } from "./step/step-graph.js";
import { trainingStep } from "./training-step.js";

const ort = ortEngine({ threads: 1 });

for (const { engine, exact } of engines) {
  for (const { batchnorm, optimizer: name, losses, weights } of golden.runs) {
    test(`five steps of ${name} with BatchNormalization ${batchnorm} on ${engine.name} are PyTorch's`, async () => {
      const optimizer =
        name === "sgd"
          ? sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 })
          : adamw({ learningRate: 0.1, weightDecay: 0.1 });
      const model = smallClassifier();
      const step = await trainingStep(model, { loss: bce(), optimizer, engine, batchnorm });
      // The golden values are float64's, rounded to 1e-9.
      const limit = exact ? 1e-6 : 2e-4;
      for (const wanted of losses) {
        const { loss } = await step.run(goldenImages, goldenTargets);
        near([loss], [wanted], limit, "loss");
      }
      const found = await model.weights();
      for (const [weight, wanted] of Object.entries(weights)) {
        near(found.get(weight)?.data ?? [], wanted, limit, weight);
      }
      await step.close();
      await model.close();
    });
  }
}

function somePictures(images: number, size: number, labels: number) {
  const stream = random(5, "pictures");
  return {
    images: Uint8Array.from({ length: images * size * size * 3 }, () => stream.integer(256)),
    targets: Float32Array.from({ length: images * labels }, () => stream.integer(2)),
  };
}

const changed = (before: Weights, after: Weights) =>
  new Set(
    [...after]
      .filter(([name, { data }]) => before.get(name)?.data.some((v, i) => v !== data[i]))
      .map(([n]) => n),
  );

test("what is frozen stays, bit for bit, and has no gradient nodes", async () => {
  const backbone = resnet("resnet10-small", { seed: 1 });
  const { images, targets } = somePictures(3, 32, 2);
  for (const [freeze, moving] of [
    ["backbone", /^fc\./],
    ["layer3", /^(fc|layer4)\./],
    ["none", /./],
  ] as const) {
    const model = classifier(backbone, { labels: 2, size: 32 }).freeze(freeze);
    const before = await model.weights();
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 });
    const step = await trainingStep(model, { loss: bce(), optimizer, engine: ort });
    for (let i = 0; i < 2; i++) await step.run(images, targets);
    const expected = new Set([...before.keys()].filter((name) => moving.test(name)));
    assert.deepEqual(changed(before, await model.weights()), expected, freeze);
    await step.close();
    await model.close();

    const { graph } = await model.network();
    const nodes = stepGraphs(graph, {
      loss: bce(),
      optimizer,
      batchnorm: "batch",
      trainable: model.trainable(),
    }).gradient.graph.nodes;
    const convolutions = graph.nodes.filter((n) => n.op === "Conv" && moving.test(n.name)).length;
    const count = (op: string) => nodes.filter((node) => node.op === op).length;
    assert.equal(count("ConvWeightGradient"), convolutions, freeze);
    assert.ok(count("ConvInputGradient") <= convolutions, freeze);
    assert.equal(count("BatchNormTraining"), convolutions, freeze);
  }
});

test("each stage moves by its own rate, as many times as far as by the optimizer's", async () => {
  const backbone = resnet("resnet10-small", { seed: 1 });
  const { images, targets } = somePictures(3, 32, 2);
  // A first step of gradient descent is the rate times the gradient.
  const moved = async (options: { headLr?: number; layerDecay?: number }, run = {}) => {
    const model = classifier(backbone, { labels: 2, size: 32 });
    const before = await model.weights();
    const step = await trainingStep(model, {
      loss: bce(),
      optimizer: sgd({ learningRate: 0.5 }),
      engine: ort,
      batchnorm: "frozen",
      ...options,
    });
    await step.run(images, targets, run);
    const after = await model.weights();
    await step.close();
    await model.close();
    return (name: string) => {
      const [from, to] = [before, after].map((weights) => weights.get(name)?.data ?? new Float32Array());
      return Array.from(from, (x, i) => to[i] - x);
    };
  };
  const plain = await moved({});
  const own = await moved({ headLr: 2, layerDecay: 0.5 });
  // The relation is kept where a step has a rate of its own.
  const slow = await moved({ headLr: 2, layerDecay: 0.5 }, { learningRate: 0.05 });
  for (const [name, factor] of [
    ["fc.weight", 4],
    ["layer4.0.conv1.weight", 0.5],
    ["layer3.0.conv1.weight", 0.25],
  ] as const) {
    const wanted = plain(name);
    const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert.ok(scale > 0, name);
    near(
      own(name).map((x) => x / factor / scale),
      wanted.map((x) => x / scale),
      1e-3,
      name,
    );
    near(
      slow(name).map((x) => x / factor / scale),
      wanted.map((x) => x / scale / 10),
      1e-3,
      name,
    );
  }
});

test("forward uses the newest weights, and float pictures are the same as bytes", async () => {
  const model = smallClassifier();
  const step = await trainingStep(model, { loss: bce(), optimizer: sgd({ learningRate: 0.5 }), engine: ort });
  const before = await model.forward(goldenImages);
  const first = await step.run(goldenImages, goldenTargets);
  near(
    await model.forward(Float32Array.from(goldenImages)),
    Array.from(await model.forward(goldenImages)),
    1e-6,
    "logits",
  );
  const after = await model.forward(goldenImages);
  assert.ok(after.some((logit, i) => Math.abs(logit - before[i]) > 1e-3));
  // The step's own logits are those before it, here by the batch's statistics.
  assert.equal(first.logits.length, before.length);
  const other = smallClassifier();
  const floats = await trainingStep(other, {
    loss: bce(),
    optimizer: sgd({ learningRate: 0.5 }),
    engine: ort,
  });
  near([(await floats.run(Float32Array.from(goldenImages), goldenTargets)).loss], [first.loss], 1e-6, "loss");
  const second = await step.run(goldenImages, goldenTargets);
  near([(await floats.run(goldenImages, goldenTargets)).loss], [second.loss], 1e-6, "loss");
  assert.equal(floats.steps, 2);
  for (const each of [step, floats, model, other]) await each.close();
});

test("the learning rate of a step can be told", async () => {
  const model = smallClassifier();
  const before = await model.weights();
  const step = await trainingStep(model, { loss: bce(), optimizer: sgd({ learningRate: 1 }), engine: ort });
  await step.run(goldenImages, goldenTargets, { learningRate: 0 });
  const moved = changed(before, await model.weights());
  assert.deepEqual(
    [...moved].filter((name) => !name.includes("running")),
    [],
  );
  await step.close();
  await assert.rejects(async () => step.run(goldenImages, goldenTargets), /closed/);
});

test("a newer step takes over, from where the older was", async () => {
  const model = smallClassifier();
  const options = { loss: bce(), optimizer: sgd({ learningRate: 0.5 }), engine: ort };
  const older = await trainingStep(model, options);
  await older.run(goldenImages, goldenTargets);
  const before = await model.weights();
  const newer = await trainingStep(model, options);
  assert.deepEqual(await model.weights(), before);
  await newer.run(goldenImages, goldenTargets, { learningRate: 0 });
  await assert.rejects(async () => older.run(goldenImages, goldenTargets), /newer training step/);
  await older.close();
  await newer.close();
});

test("shapes and targets that cannot be are refused with what was wanted", async () => {
  const model = classifier(smallBackbone(), { labels: 3, init: kaimingNormal(), seed: 1 });
  const step = await trainingStep(model, { loss: bce(), optimizer: sgd({ learningRate: 0.1 }), engine: ort });
  const run = async (images: Parameters<typeof step.run>[0], targets: Float32Array) =>
    step.run(images, targets);
  await assert.rejects(
    run(new Uint8Array(107), new Float32Array(3)),
    /Images of 107 values .* takes \[N, 6, 6, 3\]/,
  );
  await assert.rejects(run(new Uint8Array(0), new Float32Array(0)), RangeError);
  await assert.rejects(
    run({ shape: [1, 3, 6, 6], data: new Uint8Array(108) }, new Float32Array(3)),
    /shape \[1, 3, 6, 6\]/,
  );
  await assert.rejects(run(goldenImages, new Float32Array(9)), /9 targets .* need \[4, 3\], 12 targets/);
  const wrong = Float32Array.from(goldenTargets);
  wrong[4] = 2;
  await assert.rejects(run(goldenImages, wrong), /image 1, label 1 is 2/);
  assert.throws(() => model.freeze("layer9"), /layer9/);
  for (const wrong of [{ accumulate: 1.5 }, { clip: 0 }, { ema: 1 }, { headLr: 0 }, { layerDecay: 1.5 }]) {
    const options = { loss: bce(), optimizer: sgd({ learningRate: 0.1 }), engine: ort, ...wrong };
    await assert.rejects(trainingStep(model, options), {
      name: "RangeError",
      message: /accumulate|clip|ema|headLr|layerDecay/,
    });
  }
  await assert.rejects(async () => model.forward(new Uint8Array(5)), RangeError);
  await step.close();
});

for (const { engine, exact } of engines) {
  test(`a step of one's own accumulates, clips and averages, on ${engine.name}`, async () => {
    const common = { loss: bce(), engine, batchnorm: "frozen" } as const;
    const rate = 0.5;
    const optimizer = sgd({ learningRate: rate });
    const limit = exact ? 1e-7 : 1e-5;
    const half = goldenTargets.length / 2;
    const images = goldenImages.length / 2;

    const whole = smallClassifier();
    const begun = await whole.weights();
    const one = await trainingStep(whole, { ...common, optimizer });
    await one.run(goldenImages, goldenTargets);
    const wanted = await whole.weights();

    const parted = smallClassifier();
    const two = await trainingStep(parted, { ...common, optimizer, accumulate: 5 });
    await two.run(goldenImages.subarray(0, images), goldenTargets.subarray(0, half));
    assert.deepEqual(changed(begun, await parted.weights()), new Set());
    await two.run(goldenImages.subarray(images), goldenTargets.subarray(half), { last: true });
    assert.equal(two.steps, 1);
    const found = await parted.weights();
    for (const [name, { data }] of wanted) near(found.get(name)?.data ?? [], [...data], limit, name);

    const clipped = smallClassifier();
    const three = await trainingStep(clipped, { ...common, optimizer, clip: 0.01 });
    await three.run(goldenImages, goldenTargets);
    let squares = 0;
    for (const [name, { data }] of await clipped.weights()) {
      const before = begun.get(name)?.data ?? [];
      for (let i = 0; i < data.length; i++) squares += ((data[i] - before[i]) / rate) ** 2;
    }
    // Differences of float32 weights near 1 are known to about 1e-7.
    near([Math.sqrt(squares)], [0.01], 1e-5, "length of the clipped gradient");

    const averaged = smallClassifier();
    const four = await trainingStep(averaged, { ...common, optimizer, ema: 0.9 });
    await four.run(goldenImages, goldenTargets);
    // The first update's decay is (1 + 1) / (10 + 1).
    const average = await averaged.weights();
    for (const [name, { data }] of wanted) {
      const before = begun.get(name)?.data ?? [];
      const mean = Array.from(data, (value, i) => before[i] + (value - before[i]) * (9 / 11));
      near(average.get(name)?.data ?? [], mean, limit, name);
    }
    for (const each of [one, two, three, four, whole, parted, clipped, averaged]) await each.close();
  });
}
