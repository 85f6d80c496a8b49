// Heads on every engine. Outside truth: the formulas of their papers in float64, on the engine's own feature map.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../src/base/random.js";
import { GraphBuilder } from "../src/graph/builder.js";
import { Graph } from "../src/graph/graph.js";
import { prune } from "../src/graph/passes/prune.js";
import { foldScales } from "../src/graph/passes/scales.js";
import { tensor } from "../src/graph/tensor.js";
import { bce } from "../src/losses/index.js";
import type { Backbone } from "../src/models/backbone.js";
import { trainableWeights } from "../src/models/freeze.js";
import {
  averageHead,
  averageMaxHead,
  csraHead,
  csraTemperatures,
  type Head,
  headByName,
  maxHead,
  mlpHead,
} from "../src/models/heads/index.js";
import { network } from "../src/models/network.js";
import { resnet } from "../src/models/resnet.js";
import { planTrunk } from "../src/training/input/trunk.js";
import { adamw } from "../src/training/step/optimizers/adamw.js";
import { sgd } from "../src/training/step/optimizers/sgd.js";
import { StepProgram } from "../src/training/step/step-program.js";
import { engines } from "./engines.js";

const [SIZE, LABELS, IMAGES] = [64, 3, 2];
const backbone = resnet("resnet10-small", { seed: 3 });
const stream = random(1, "heads");
const pixels = Uint8Array.from({ length: IMAGES * SIZE * SIZE * 3 }, () => stream.integer(256));
const image = tensor("uint8", [IMAGES, SIZE, SIZE, 3], pixels);

type Weight = (name: string) => readonly number[];
/** `map`: the places of each channel. */
type Formula = (map: readonly (readonly number[])[], weight: Weight) => number[];

const mean = (x: readonly number[]) => x.reduce((sum, v) => sum + v, 0) / x.length;
const most = (x: readonly number[]) => x.reduce((a, b) => Math.max(a, b));
const times = (w: readonly number[], x: readonly number[], b: readonly number[]) =>
  b.map((bias, row) => x.reduce((sum, v, i) => sum + w[row * x.length + i] * v, bias));
const one =
  (pool: (map: readonly (readonly number[])[]) => number[]): Formula =>
  (map, weight) =>
    times(weight("weight"), pool(map), weight("bias"));

function attended(lambda: number, temperatures: readonly number[]): Formula {
  return (map, weight) => {
    const logits = new Array<number>(LABELS).fill(0);
    for (const [i, t] of temperatures.entries()) {
      const part = temperatures.length === 1 ? "" : `${i}.`;
      const places = map[0].map((_, j) =>
        times(
          weight(`${part}weight`),
          map.map((channel) => channel[j]),
          weight(`${part}bias`),
        ),
      );
      for (let label = 0; label < LABELS; label++) {
        const s = places.map((scores) => scores[label]);
        const powers = s.map((score) => Math.exp(t * (score - most(s))));
        const total = powers.reduce((a, b) => a + b);
        const best = Number.isFinite(t) ? s.reduce((sum, x, j) => sum + (x * powers[j]) / total, 0) : most(s);
        logits[label] += mean(s) + lambda * best;
      }
    }
    return logits;
  };
}

const twoLayers =
  (scale: number): Formula =>
  (map, weight) => {
    const scaled = map.map(mean).map((feature) => scale * feature);
    const hidden = times(weight("0.weight"), scaled, weight("0.bias"));
    return times(
      weight("2.weight"),
      hidden.map((v) => Math.max(0, v)),
      weight("2.bias"),
    );
  };

const cases: [string, Head, Formula][] = [
  ["average", averageHead(), one((map) => map.map(mean))],
  ["max", maxHead(), one((map) => map.map(most))],
  ["average-max", averageMaxHead(), one((map) => [...map.map(mean), ...map.map(most)])],
  ["mlp", mlpHead({ hidden: 7 }), twoLayers(1)],
  ["mlp, scaled", mlpHead({ hidden: 7, scale: 0.3, part: 0.5 }), twoLayers(0.3)],
  ["csra", csraHead({ lambda: 0.3, temperatures: [2] }), attended(0.3, [2])],
  ["csra, 4 attentions", csraHead({ temperatures: csraTemperatures(4) }), attended(0.1, [1, 2, 4, Infinity])],
];

// The formulas are float64 themselves; the reference engine would take minutes for the backbone.
for (const { name: engineName, engine } of engines.filter(({ exact }) => !exact)) {
  test(`${engineName}: heads give what their formulas give, and learn`, async () => {
    for (const [name, head, formula] of cases) {
      const net = network(backbone, { labels: LABELS, head, seed: 2, size: SIZE });
      // Biases begin at zero, where a mistake in them would not show.
      for (const [weight, value] of net.graph.initializers) {
        if (/^fc\..*bias$/.test(weight))
          value.data.forEach((_, i) => {
            value.data[i] = 0.1 * (i + 1);
          });
      }
      const graph = net.graph.clone();
      const map = "layer4.0.relu2.out";
      graph.outputs.push({ name: map, type: "float32", shape: ["N", 256, "H", "W"] });
      const program = await engine.compile(graph);
      const found = await program.run({ image });
      await program.close();
      const { shape, data } = found[map];
      const places = shape[2] * shape[3];
      assert.ok(places > 1);
      const weight = (part: string) =>
        Array.from(net.graph.initializers.get(`fc.${part}`)?.data ?? assert.fail(`no fc.${part}`), Number);
      for (let i = 0; i < IMAGES; i++) {
        const channels = Array.from({ length: shape[1] }, (_, c) =>
          Array.from({ length: places }, (_, j) => Number(data[(i * shape[1] + c) * places + j])),
        );
        formula(channels, weight).forEach((wanted, label) => {
          const logit = Number(found.logits.data[i * LABELS + label]);
          const away = Math.abs(logit - wanted) / Math.max(1, Math.abs(wanted));
          assert.ok(away < 1e-5, `${name}: ${logit}, by the formula ${wanted}`);
        });
      }

      const trainable = trainableWeights(net, "none");
      const step = await StepProgram.compile(engine, net.graph, {
        trainable,
        batchnorm: "batch",
        loss: bce(),
        optimizer: sgd({ learningRate: 0.01 }),
      });
      const targets = tensor("float32", [IMAGES, LABELS], Float32Array.from([1, 0, 1, 0, 1, 0]));
      const losses: number[] = [];
      for (let i = 0; i < 5; i++) losses.push(await step.train({ image }, targets, { learningRate: 0.01 }));
      await step.close();
      assert.ok(losses[4] < losses[0], `${name}: the losses are ${losses}`);
    }
  });
}

test("behind a frozen backbone what is kept of a picture is what the head takes", () => {
  const bytes = cases.map(([name, head]) => {
    const net = network(backbone, { labels: LABELS, head, size: SIZE });
    return [name, planTrunk(net.graph, trainableWeights(net, "backbone"))?.bytes] as const;
  });
  // Half precision, and a scale for all.
  const row = (numbers: number) => 4 + 2 * numbers;
  const [width, places] = [256, 16];
  assert.deepEqual(Object.fromEntries(bytes), {
    average: row(width),
    max: row(width),
    "average-max": row(2 * width),
    mlp: row(width),
    "mlp, scaled": row(width),
    csra: row(places * width),
    "csra, 4 attentions": row(places * width),
  });
});

test("a head that needs places refuses a backbone without them, and impossible options", () => {
  const bare = { ...backbone, graph: backbone.graph.clone() };
  bare.graph.nodes = bare.graph.nodes.map((node) =>
    node.op === "GlobalAveragePool" ? { ...node, op: "GlobalMaxPool" } : node,
  );
  assert.throws(() => network(bare, { labels: 2, head: csraHead() }), /does not end with an average/);
  assert.throws(() => csraHead({ lambda: -1 }), /λ is -1/);
  assert.throws(() => csraHead({ temperatures: [] }), /at least one/);
  assert.throws(() => mlpHead({ hidden: 0 }), /width is 0/);
  assert.throws(() => mlpHead({ scale: 0 }), /^RangeError: scale is 0/);
  for (const part of [0, -1, Number.NaN]) assert.throws(() => mlpHead({ part }), /^RangeError: part is /);
});

/** Features of a size of our choice: how red, green and blue a picture is, by so much. */
function coloured(size: number): Backbone {
  const builder = new GraphBuilder(new Graph());
  builder.input({ name: "input", type: "float32", shape: ["N", 3, "H", "W"] });
  const flat = builder.node("Flatten", [builder.node("GlobalAveragePool", ["input"])]);
  builder.node("Mul", [flat, builder.scalar(size, "size")], { outputs: ["features"] });
  builder.output({ name: "features", type: "float32", shape: ["N", 3] });
  const { preprocess } = backbone;
  return { name: "coloured", graph: builder.graph, features: 3, classifier: "fc", preprocess };
}

for (const { name: engineName, engine } of engines) {
  test(`${engineName}: two layers that scale features learn the same, bit for bit, whatever size those are of`, async () => {
    const learned = async (size: number) => {
      const head = headByName({ head: "mlp", features: size });
      const net = network(coloured(size), { labels: LABELS, head, seed: 2, size: SIZE });
      const step = await StepProgram.compile(engine, net.graph, {
        trainable: trainableWeights(net, "backbone"),
        batchnorm: "frozen",
        loss: bce(),
        optimizer: adamw({ learningRate: 0.01, weightDecay: 0.3 }),
      });
      const targets = tensor("float32", [IMAGES, LABELS], Float32Array.from([1, 0, 1, 0, 1, 0]));
      const losses: number[] = [];
      for (let i = 0; i < 5; i++) losses.push(await step.train({ image }, targets, { learningRate: 0.01 }));
      const trained = net.graph.clone();
      for (const [weight, value] of await step.weights()) trained.initializers.set(weight, value);
      await step.close();
      return { losses, trained };
    };
    const { losses, trained } = await learned(1);
    assert.ok(losses[4] < losses[0]);
    for (const size of [2 ** -6, 4]) {
      const other = await learned(size);
      assert.deepEqual(other.losses, losses);
      // As a bundle has them, the weights hold the scale.
      const folded = prune(foldScales(other.trained));
      assert.ok(!folded.initializers.has("fc.scale"));
      const logits = async (graph: Graph) => {
        const program = await engine.compile(graph);
        const { logits } = await program.run({ image });
        await program.close();
        return logits.data;
      };
      assert.deepEqual(await logits(folded), await logits(other.trained));
      assert.deepEqual(await logits(folded), await logits(trained));
    }
  });
}

test("two layers begin with parts of the second one's weights alone", () => {
  const weights = (part?: number) => {
    const net = network(coloured(1), { labels: LABELS, head: mlpHead({ part }), seed: 2, size: SIZE });
    return ["0.weight", "2.weight"].map(
      (own) => net.graph.initializers.get(`fc.${own}`)?.data as Float32Array,
    );
  };
  const [first, second] = weights();
  assert.deepEqual(weights(0.25), [first, second.map((value) => value / 4)]);
});

test("a scale that would round, or that others need, stays where it is", () => {
  const graphOf = (scale: number, shared: boolean) => {
    const builder = new GraphBuilder(new Graph());
    builder.input({ name: "x", type: "float32", shape: ["N", 2] });
    const scaled = builder.node("Mul", ["x", builder.scalar(scale, "s")]);
    const w = builder.initializer("w", tensor("float32", [2, 2], Float32Array.of(1, 2, 3, 4)));
    builder.node("Gemm", [scaled, w], { outputs: ["y"] });
    builder.output({ name: "y", type: "float32", shape: ["N", 2] });
    if (shared) builder.output({ name: scaled, type: "float32", shape: ["N", 2] });
    return builder.graph;
  };
  const weights = (graph: Graph) => [...(foldScales(graph).initializers.get("w")?.data ?? [])];
  assert.deepEqual(weights(graphOf(0.25, false)), [0.25, 0.5, 0.75, 1]);
  assert.deepEqual(weights(graphOf(0.25, true)), [1, 2, 3, 4]);
  assert.deepEqual(weights(graphOf(0.3, false)), [1, 2, 3, 4]);
});
