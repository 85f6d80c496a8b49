// The losses as part of a graph, on every engine.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as ort from "onnxruntime-node";
import { random } from "../src/base/random.js";
import type { Engine } from "../src/engines/engine.js";
import { engineOf } from "../src/engines/engine.js";
import { cpuKernels } from "../src/engines/ort/lower/kernels.js";
import { OrtSession } from "../src/engines/ort/session.js";
import { GraphBuilder } from "../src/graph/builder.js";
import { Graph, type ValueInfo } from "../src/graph/graph.js";
import { float32, type Tensor } from "../src/graph/tensor.js";
import {
  type AnyLossOptions,
  asymmetric,
  bce,
  focal,
  type Loss,
  type LossResult,
  lossByName,
  lossNames,
} from "../src/losses/index.js";
import { engines } from "./engines.js";
import { type Exact, elements, exactAsymmetric, exactBce, isAccurate, ulps } from "./exact-loss.js";

interface Compiled {
  run(logits: Float32Array, targets: Float32Array): Promise<Found>;
  close(): Promise<void>;
}
interface Judged {
  words: string;
  program: Compiled;
  exact: (x: number, t: number) => Exact;
}
interface Found {
  shape: readonly number[];
  loss: Float32Array;
  gradient: Float32Array;
}

/** A program of nothing but the loss, which has the given shape. */
async function compile(
  loss: Loss,
  labels: number,
  shape: ValueInfo["shape"],
  engine: Engine,
): Promise<Compiled> {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const logits = builder.input({ name: "logits", type: "float32", shape: ["N", labels] });
  const targets = builder.input({ name: "targets", type: "float32", shape: ["N", labels] });
  const built = loss.build(builder, logits, targets, labels);
  builder.output({ name: built.loss, type: "float32", shape });
  builder.output({ name: built.gradient, type: "float32", shape: ["N", labels] });
  const program = await engine.compile(graph);
  const float = ({ data }: Tensor) => Float32Array.from(Array.from(data, Number));
  return {
    close: () => program.close(),
    async run(logits, targets) {
      const shape = [logits.length / labels, labels];
      const outputs = await program.run({
        logits: float32(shape, logits),
        targets: float32(shape, targets),
      });
      const value = outputs[built.loss];
      return { shape: value.shape, loss: float(value), gradient: float(outputs[built.gradient]) };
    },
  };
}

const p = [2.5, 2.5, 2.5];
const asl = { gammaPositive: 1, gammaNegative: 4, margin: 0.05 };
const noMargin = { gammaPositive: 2, gammaNegative: 2, margin: 0 };
/** Of each loss: words, how it is made, and its exact values. The first is tried at more points. */
const judged: [string, (reduction: { reduction: "none" }) => Loss, Judged["exact"]][] = [
  ["bce", (options) => bce(options), (x, t) => exactBce(x, t)],
  ["bce, p", (options) => bce({ ...options, positiveWeights: p }), (x, t) => exactBce(x, t, 2.5)],
  ["focal", (options) => focal(options), (x, t) => exactAsymmetric(x, t, 1, noMargin)],
  ["asymmetric", (options) => asymmetric(options), (x, t) => exactAsymmetric(x, t, 1, asl)],
  [
    "asymmetric, p",
    (options) => asymmetric({ ...options, positiveWeights: p }),
    (x, t) => exactAsymmetric(x, t, 2.5, asl),
  ],
  [
    "asymmetric, small γ",
    (options) => asymmetric({ ...options, gammaPositive: 0, gammaNegative: 0.5, margin: 0.2 }),
    (x, t) => exactAsymmetric(x, t, 1, { gammaPositive: 0, gammaNegative: 0.5, margin: 0.2 }),
  ],
];

/** ONNX Runtime as where there is no float64: what a GPU in a page computes. */
const single = engineOf({
  name: "ort",
  description: "ONNX Runtime without float64",
  open: async () =>
    new OrtSession({
      ort,
      provider: "cpu",
      threads: 1,
      fillsOutputs: true,
      kernels: { ...cpuKernels, float64: false },
    }),
});

/**
 * In float32 alone, 4 ulp are held by cross-entropy and by gradients of hard targets. A power of a probability makes
 * its error γ-fold, and |log q|-fold that of γ, which a soft target makes a sum of two; and where a soft target meets its
 * own sigmoid, terms of one size leave only their rounding.
 */
const all = [
  ...engines.map(({ name, engine }) => ({ name, engine, inFloat32: false })),
  { name: "ort in float32 alone", engine: single, inFloat32: true },
];

for (const { name, engine, inFloat32 } of all) {
  describe(`on ${name}`, () => {
    describe("each element is within 4 ulp", () => {
      const labels = 3;
      const programs: Judged[] = [];
      before(async () => {
        for (const [words, make, exact] of judged) {
          const program = await compile(make({ reduction: "none" }), labels, ["N", labels], engine);
          programs.push({ words, program, exact });
        }
      });
      after(() => Promise.all(programs.map(({ program }) => program.close())));

      const check = async (judged: Judged, logits: Float32Array, targets: Float32Array) => {
        const { loss, gradient } = await judged.program.run(logits, targets);
        for (let i = 0; i < logits.length; i++) {
          const [x, t] = [logits[i], targets[i]];
          const exact = judged.exact(x, t);
          const isPower = inFloat32 && !judged.words.startsWith("bce");
          const isSoft = t > 0 && t < 1;
          const allowed = isPower ? (isSoft ? 100 : 20) : 4;
          const where = () => `${judged.words}, x = ${x}, t = ${t}, element ${i} of ${logits.length}`;
          // A difference of a probability and the margin is rounded as these are.
          const lost = isPower && judged.words.startsWith("asymmetric") && t < 1 ? 2 ** -22 : 0;
          const off = Math.abs(loss[i] - exact.loss);
          if (off > lost && !isAccurate(loss[i], exact.loss, x, allowed)) {
            assert.fail(`loss ${loss[i]}, not ${exact.loss}: ${where()}`);
          }
          // The reference's own gradient of a soft target is right to so much.
          const rounding = inFloat32 ? 2 ** -22 : 1e-15;
          const blind = isSoft ? rounding * Math.max(2.5, Math.abs(x)) : lost;
          const error = Math.abs(gradient[i] - exact.gradient);
          if (error > blind && !isAccurate(gradient[i], exact.gradient, x, allowed)) {
            assert.fail(`gradient ${gradient[i]}, not ${exact.gradient}: ${where()}`);
          }
        }
      };

      test("over the points and 100,000 random ones, right, wrong and soft labels", async () => {
        const { logits, targets } = elements(100_000);
        await check(programs[0], logits, targets);
        const few = elements(1000);
        for (const other of programs.slice(1)) await check(other, few.logits, few.targets);
      });

      test("in batches of every length, since kernels treat the last few elements apart", async () => {
        for (let images = 1; images <= 24; images++) {
          const { logits, targets } = elements(images, random(images, "batch"));
          for (const judged of programs) {
            await check(judged, logits.slice(-images * labels), targets.slice(-images * labels));
          }
        }
      });

      test("at a minute logit and t = 1/2 the gradient is x/4", async () => {
        const x = Math.fround(1e-12);
        const { gradient } = await programs[0].program.run(
          Float32Array.of(x, -x, 0),
          Float32Array.of(0.5, 0.5, 0.5),
        );
        assert.ok(ulps(gradient[0], x / 4) <= 4, `${gradient[0]}`);
        assert.ok(ulps(gradient[1], -x / 4) <= 4, `${gradient[1]}`);
        assert.equal(gradient[2], 0);
      });

      test("logits that overflow every exponential keep their loss", async () => {
        const far = 3e4;
        const { loss, gradient } = await programs[0].program.run(
          Float32Array.of(far, far, -far),
          Float32Array.of(1, 0, 1),
        );
        assert.deepEqual(loss, Float32Array.of(0, far, far));
        assert.deepEqual(gradient.map(Math.abs), Float32Array.of(0, 1, 1));
      });
    });

    describe("every form is that of the typed arrays", () => {
      const [images, labels] = [7, 5];
      const stream = random(5, "forms");
      const logits = Float32Array.from({ length: images * labels }, () => 10 * stream.normal());
      const targets = Float32Array.from(logits, (_, i) =>
        Math.floor(i / labels) === 2 ? -1 : [0, 1, -1, stream.uniform()][stream.integer(4)],
      );
      const broken = logits.map((x, i) => (targets[i] < 0 ? Number.NaN : x));
      const labelWeights = [1, 0.5, 2, 0.1, 3];
      const positiveWeights = [1, 2, 0.5, 3.3, 7];
      const options: AnyLossOptions[] = [{}, { labelWeights, positiveWeights }, { labelSmoothing: 0.2 }];
      const own: Record<string, AnyLossOptions[]> = {
        focal: [{ gamma: 0.5, alpha: 0.25, positiveWeights, labelSmoothing: 0.1 }],
        asymmetric: [
          { gammaPositive: 2, gammaNegative: 1.5, margin: 0.2, labelSmoothing: 0.1, labelWeights },
        ],
      };
      for (const name of lossNames) {
        for (const reduction of ["mean", "batchmean", "sum", "none"] as const) {
          // The options act on elements, before any reduction.
          const varied = reduction === "mean" || reduction === "none";
          for (const more of varied ? [...options, ...(own[name] ?? [])] : [{}]) {
            const loss = lossByName(name, { reduction, ...more });
            const shape = reduction !== "none" ? [] : name === "soft-margin" ? ["N"] : ["N", labels];
            const words = [name, reduction, ...Object.keys(more)].join(", ");
            test(words, async () => {
              const program = await compile(loss, labels, shape, engine);
              const expected = loss.evaluate(logits, targets, { images, labels });
              const found = await program.run(broken, targets);
              compare(found, expected, inFloat32);

              const nothing = await program.run(
                broken,
                targets.map(() => -1),
              );
              assert.ok(nothing.loss.every((value) => value === 0));
              assert.ok(nothing.gradient.every((value) => value === 0));
              await program.close();
            });
          }
        }
      }
    });
  });
}

function compare(found: Found, expected: LossResult, inFloat32: boolean) {
  // In float32 alone, sums of 35 elements and soft targets are rounded at each step.
  const isNear = (value: number, wanted: number) =>
    ulps(value, wanted) <= (inFloat32 ? 20 : 1) || (inFloat32 && Math.abs(value - wanted) < 2 ** -22);
  const losses = typeof expected.loss === "number" ? [expected.loss] : expected.loss;
  assert.equal(found.shape.length === 0, typeof expected.loss === "number");
  assert.equal(found.loss.length, losses.length);
  losses.forEach((value, i) => {
    assert.ok(isNear(found.loss[i], value), `loss ${found.loss[i]}, not ${value}`);
  });
  expected.gradient.forEach((value, i) => {
    assert.ok(isNear(found.gradient[i], value), `gradient ${i} is ${found.gradient[i]}, not ${value}`);
  });
}
