// Binary cross-entropy on typed arrays, against exact values and PyTorch; the soft margin against PyTorch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { elements, exactBce, isAccurate, ulps } from "../../test/exact-loss.js";
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
