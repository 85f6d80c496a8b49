// The losses on typed arrays, against exact values, PyTorch and finite differences.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { elements, exactBce, isAccurate, ulps } from "../../test/exact-loss.js";
import { random } from "../base/random.js";
import { bceElement } from "./bce.js";
import { bceWithLogits, type Reduction, softMarginWithLogits } from "./index.js";

interface Golden {
  /** Logit, target, positive weight; loss, gradient. */
  exact: [number, number, number, number, number][];
  inputs: { logits: number[]; targets: Record<string, number[]> };
  cases: {
    name: "bce" | "soft-margin";
    targets: string;
    reduction: Reduction;
    positiveWeights?: number[];
    labelWeights?: number[];
    loss: number[];
    gradient: number[];
  }[];
}
const golden: Golden = JSON.parse(readFileSync("test/golden/loss.json", "utf8"));
const losses = { bce: bceWithLogits, "soft-margin": softMarginWithLogits };

describe("the element", () => {
  test("value is within 4 ulp of float64 of 150-digit arithmetic", () => {
    for (const [x, t, p, loss] of golden.exact) {
      const error = Math.abs(bceElement.loss(x, t, p) - loss);
      assert.ok(error <= 4 * 2 ** -53 * loss, `loss(${x}, ${t}, ${p}) is off by ${error}`);
    }
  });

  test("gradient too, or 2⁻⁵² of the terms that a soft target lets cancel", () => {
    for (const [x, t, p, , gradient] of golden.exact) {
      const error = Math.abs(bceElement.gradient(x, t, p) - gradient);
      const soft = t > 0 && t < 1 && Math.abs(x) > 1e-6;
      const bound = soft
        ? Math.max(2 ** -52 * p * t, 8 * 2 ** -53 * Math.abs(gradient))
        : 8 * 2 ** -53 * Math.abs(gradient);
      assert.ok(error <= bound, `gradient(${x}, ${t}, ${p}) is off by ${error}, not ${bound}`);
    }
  });

  test("our reference in float64 agrees with 150-digit arithmetic", () => {
    for (const [x, t, p, loss, gradient] of golden.exact) {
      const reference = exactBce(x, t, p);
      assert.ok(Math.abs(reference.loss - loss) <= 1e-15 * loss, `${x}, ${t}, ${p}`);
      const scale = t > 0 && t < 1 ? Math.max(1, p * t) : Math.abs(gradient);
      assert.ok(Math.abs(reference.gradient - gradient) <= 1e-15 * scale, `${x}, ${t}, ${p}`);
    }
  });
});

test("value and gradient are within 1 ulp of float32, right, wrong and soft labels", () => {
  const { logits, targets } = elements(100_000);
  const { loss, gradient } = bceWithLogits(logits, targets, {
    images: logits.length / 3,
    labels: 3,
    reduction: "none",
  });
  for (let i = 0; i < logits.length; i++) {
    const [x, t] = [logits[i], targets[i]];
    const exact = exactBce(x, t);
    const soft = t > 0 && t < 1;
    // Of a small gradient of a soft target, the reference itself holds no more digits than this.
    const blind = soft ? 4e-16 : 0;
    assert.ok(isAccurate(loss[i], exact.loss, x, 1), `loss(${x}, ${t}) = ${loss[i]}, not ${exact.loss}`);
    assert.ok(
      Math.abs(gradient[i] - exact.gradient) <= blind || isAccurate(gradient[i], exact.gradient, x, 1),
      `gradient(${x}, ${t}) = ${gradient[i]}, not ${exact.gradient}`,
    );
  }
});

test("at |x| of 1e-12 and t = 1/2 the gradient is x/4 to the last place", () => {
  const x = Math.fround(1e-12);
  const { gradient } = bceWithLogits(Float32Array.of(x, -x), Float32Array.of(0.5, 0.5), {
    images: 1,
    labels: 2,
    reduction: "sum",
  });
  assert.ok(ulps(gradient[0], x / 4) <= 1);
  assert.ok(ulps(gradient[1], -x / 4) <= 1);
});

describe("PyTorch's values", () => {
  for (const { name, targets, loss, gradient, ...options } of golden.cases) {
    const weights = Object.keys(options).filter((key) => key !== "reduction");
    test([name, options.reduction, targets, ...weights].join(", "), () => {
      const found = losses[name](
        Float32Array.from(golden.inputs.logits),
        Float32Array.from(golden.inputs.targets[targets]),
        { images: 3, labels: 4, ...options },
      );
      const values = typeof found.loss === "number" ? [found.loss] : found.loss;
      assert.equal(values.length, loss.length);
      const tolerance = typeof found.loss === "number" ? 1e-14 : 2 ** -24;
      loss.forEach((exact, i) => {
        assert.ok(
          Math.abs(values[i] - exact) <= tolerance * Math.abs(exact),
          `loss ${values[i]}, not ${exact}`,
        );
      });
      gradient.forEach((exact, i) => {
        // PyTorch's own σ(x) − t is off by 1e-16 in float64.
        const error = Math.abs(found.gradient[i] - exact);
        assert.ok(error <= 2 ** -24 * Math.abs(exact) + 1e-15, `gradient ${found.gradient[i]}, not ${exact}`);
      });
    });
  }
});

describe("the gradient is the slope of the loss", () => {
  const [images, labels] = [4, 5];
  const stream = random(3, "slope");
  // Multiples of 1/64, so that a step of 1/1024 is exact in float32.
  const logits = Float32Array.from({ length: 20 }, () => stream.integer(1024) / 64 - 8);
  const targets = Float32Array.from({ length: 20 }, (_, i) => [0, 1, 0.3, -1][i % 4]);
  const labelWeights = [1, 0.5, 2, 0, 3];
  const positiveWeights = [1, 2, 0.5, 3, 7];
  for (const [name, evaluate] of Object.entries(losses)) {
    for (const reduction of ["mean", "batchmean", "sum"] as const) {
      test(`${name}, ${reduction}`, () => {
        const options = { images, labels, reduction, labelWeights, positiveWeights };
        const { gradient } = evaluate(logits, targets, options);
        const h = 1 / 1024;
        for (let i = 0; i < logits.length; i++) {
          const at = (x: number) => evaluate(logits.with(i, x), targets, options).loss as number;
          const slope = (at(logits[i] + h) - at(logits[i] - h)) / (2 * h);
          assert.ok(Math.abs(slope - gradient[i]) < 2e-6, `${i}: ${slope}, not ${gradient[i]}`);
        }
      });
    }
  }
});

describe("unknown targets", () => {
  for (const [name, evaluate] of Object.entries(losses)) {
    test(`${name}: whatever stands at them, nothing comes of it`, () => {
      const targets = Float32Array.of(1, -1, -0.5, 0);
      for (const reduction of ["mean", "batchmean", "sum", "none"] as const) {
        const of = (a: number, b: number) =>
          evaluate(Float32Array.of(2, a, b, -1), targets, { images: 2, labels: 2, reduction });
        assert.deepEqual(of(Number.NaN, Number.POSITIVE_INFINITY), of(0, 0));
        assert.deepEqual(of(5, 6).gradient.slice(1, 3), Float32Array.of(0, 0));
      }
    });

    test(`${name}: if there is nothing else, loss and gradient are 0`, () => {
      for (const reduction of ["mean", "batchmean", "sum"] as const) {
        const found = evaluate(Float32Array.of(3, -3), Float32Array.of(-1, -1), {
          images: 1,
          labels: 2,
          reduction,
        });
        assert.deepEqual(found, { loss: 0, gradient: Float32Array.of(0, 0) });
      }
    });
  }
});

test("wrong inputs are told by name", () => {
  const ask = (logits: number[], targets: number[], more: object = {}) =>
    bceWithLogits(Float32Array.from(logits), Float32Array.from(targets), { images: 2, labels: 2, ...more });
  const four = [0, 0, 0, 0];
  assert.throws(() => ask([0, 0, 0], four), /RangeError: logits has 3 elements; 2 images of 2 labels need 4/);
  assert.throws(() => ask(four, [0]), /targets has 1 elements/);
  assert.throws(() => ask(four, [0, 0, 0, 1.5]), /RangeError: The target of image 1, label 1 is 1.5/);
  assert.throws(() => ask(four, [0, Number.NaN, 0, 0]), /The target of image 0, label 1 is NaN/);
  assert.throws(() => ask(four, four, { images: 1.5 }), /images is 1.5/);
  assert.throws(() => ask([], [], { labels: 0, images: 0 }), /labels is 0/);
  assert.throws(() => ask(four, four, { positiveWeights: [1] }), /positiveWeights has 1 elements/);
  assert.throws(() => ask(four, four, { labelWeights: [1, -1] }), /labelWeights\[1\] is -1/);
  assert.throws(() => ask(four, four, { labelWeights: [Number.NaN, 1] }), /labelWeights\[0\] is NaN/);
});
