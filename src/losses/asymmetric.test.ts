// The focal and the asymmetric loss on typed arrays, against exact values, torchvision and the published formula.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type ExactShape, elements, exactAsymmetric, isAccurate } from "../../test/exact-loss.js";
import { focusedElement } from "./asymmetric.js";
import { asymmetricWithLogits, bceWithLogits, focalWithLogits, lossByName, sigmoid } from "./index.js";

interface Golden {
  /** Logit, target, positive weight, γ₊, γ₋, margin; loss, gradient. */
  exact: [number, number, number, number, number, number, number, number][];
  inputs: { logits: number[]; targets: Record<string, number[]> };
  cases: {
    name: "focal" | "asymmetric";
    targets: string;
    options: Record<string, number>;
    loss: number[];
    gradient: number[];
  }[];
}
const golden: Golden = JSON.parse(readFileSync("test/golden/focusing.json", "utf8"));

describe("the element in double", () => {
  const ways = {
    ours: (x: number, t: number, p: number, shape: ExactShape) => {
      const element = focusedElement(shape);
      return { loss: element.loss(x, t, p), gradient: element.gradient(x, t, p) };
    },
    "the reference of the other tests": exactAsymmetric,
  };
  for (const [name, evaluate] of Object.entries(ways)) {
    test(`${name} agrees with 150-digit arithmetic, and its gradient with finite differences there`, () => {
      assert.ok(golden.exact.length > 300);
      for (const [x, t, p, gammaPositive, gammaNegative, margin, loss, gradient] of golden.exact) {
        const found = evaluate(x, t, p, { gammaPositive, gammaNegative, margin });
        const where = `x ${x}, t ${t}, p ${p}, γ ${gammaPositive} ${gammaNegative}, m ${margin}`;
        // What the margin takes from a probability takes digits with it: σ(−2.9444) − 0.05 = −3e-8.
        const left = Math.min(1, Math.abs(sigmoid(x) - margin) / sigmoid(x));
        const relative = 4e-15 / (t === 1 ? 1 : left);
        const soft = t > 0 && t < 1 ? 1e-15 * Math.max(1, Math.abs(x)) : 0;
        const off = (value: number, exact: number, absolute: number) =>
          Math.abs(value - exact) > Math.max(relative * Math.abs(exact), absolute, 1e-305);
        assert.ok(!off(found.loss, loss, 0), `loss ${found.loss}, not ${loss}: ${where}`);
        assert.ok(
          !off(found.gradient, gradient, soft),
          `gradient ${found.gradient}, not ${gradient}: ${where}`,
        );
      }
    });
  }
});

describe("torchvision's focal loss, and the published asymmetric loss where its clamp does nothing", () => {
  for (const { name, targets, options, loss, gradient } of golden.cases) {
    test(`${name} of ${targets} targets, ${JSON.stringify(options)}`, () => {
      const found = lossByName(name, { reduction: "none", ...options }).evaluate(
        Float32Array.from(golden.inputs.logits),
        Float32Array.from(golden.inputs.targets[targets]),
        { images: 3, labels: 4 },
      );
      assert.ok(typeof found.loss !== "number");
      const losses = found.loss;
      // Theirs takes 1 − σ by subtraction: 1e-16 of 1, to a power.
      const close = (value: number, exact: number) =>
        Math.abs(value - exact) <= 2 ** -23 * Math.abs(exact) + 1e-14;
      loss.forEach((exact, i) => {
        assert.ok(close(losses[i], exact), `loss ${i} is ${losses[i]}, not ${exact}`);
      });
      gradient.forEach((exact, i) => {
        assert.ok(close(found.gradient[i], exact), `gradient ${i} is ${found.gradient[i]}, not ${exact}`);
      });
    });
  }
});

describe("value and gradient are within 1 ulp of float32, right, wrong and soft labels", () => {
  const { logits, targets } = elements(30_000);
  const shape = { images: logits.length / 3, labels: 3, reduction: "none" as const };
  const cases = [
    { gammaPositive: 2, gammaNegative: 2, margin: 0 },
    { gammaPositive: 0.5, gammaNegative: 0.5, margin: 0 },
    { gammaPositive: 1, gammaNegative: 4, margin: 0.05 },
    { gammaPositive: 0, gammaNegative: 2.5, margin: 0.2 },
  ];
  for (const options of cases) {
    test(JSON.stringify(options), () => {
      const { loss, gradient } = asymmetricWithLogits(logits, targets, { ...shape, ...options });
      for (let i = 0; i < logits.length; i++) {
        const [x, t] = [logits[i], targets[i]];
        const exact = exactAsymmetric(x, t, 1, options);
        // Of a small gradient of a soft target, the reference itself holds no more digits than this.
        const blind = t > 0 && t < 1 ? 4e-16 * Math.max(1, Math.abs(x)) : 0;
        const where = () => `x = ${x}, t = ${t}`;
        if (!isAccurate(loss[i], exact.loss, x, 1)) {
          assert.fail(`loss ${loss[i]}, not ${exact.loss}: ${where()}`);
        }
        if (
          Math.abs(gradient[i] - exact.gradient) > blind &&
          !isAccurate(gradient[i], exact.gradient, x, 1)
        ) {
          assert.fail(`gradient ${gradient[i]}, not ${exact.gradient}: ${where()}`);
        }
      }
    });
  }

  test("focal is asymmetric with one γ and no margin; with γ = 0 both are binary cross-entropy", () => {
    const focal = focalWithLogits(logits, targets, { ...shape, gamma: 2.5 });
    const same = { gammaPositive: 2.5, gammaNegative: 2.5, margin: 0 };
    assert.deepEqual(focal, asymmetricWithLogits(logits, targets, { ...shape, ...same }));
    const plain = focalWithLogits(logits, targets, { ...shape, gamma: 0 });
    const bce = bceWithLogits(logits, targets, shape);
    assert.deepEqual(plain.loss, bce.loss);
    assert.deepEqual(plain.gradient, bce.gradient);
  });
});

describe("far out", () => {
  const far = Float32Array.of(3e4, -3e4, 3e4, -3e4);
  const targets = Float32Array.of(1, 1, 0, 0);
  const shape = { images: 1, labels: 4, reduction: "none" as const };

  test("focal: a wrong label keeps its loss and its gradient", () => {
    const { loss, gradient } = focalWithLogits(far, targets, shape);
    assert.deepEqual(Array.from(loss), [0, 3e4, 3e4, 0]);
    assert.deepEqual(Array.from(gradient, Math.abs), [0, 1, 1, 0]);
  });

  test("asymmetric: a positive that is wrong by 30 is still pulled, where the published loss has gone flat", () => {
    const { loss, gradient } = asymmetricWithLogits(far, targets, shape);
    assert.deepEqual(Array.from(loss.subarray(0, 2)), [0, 3e4]);
    assert.deepEqual(Array.from(gradient.subarray(0, 2), Math.abs), [0, 1]);
    assert.ok(Math.abs(loss[2] - 0.95 ** 4 * -Math.log(0.05)) < 1e-6);
    assert.deepEqual(Array.from(gradient.subarray(2), Math.abs), [0, 0]);
  });

  test("a negative below the margin costs nothing, whatever γ₋", () => {
    for (const gammaNegative of [0, 0.5, 4]) {
      const below = Float32Array.of(-3, -10);
      const none = Float32Array.of(0, 0);
      const options = { images: 1, labels: 2, gammaNegative, margin: 0.05 } as const;
      const { loss, gradient } = asymmetricWithLogits(below, none, { ...options, reduction: "none" });
      assert.deepEqual([loss, gradient], [none, none]);
    }
  });
});

test("wrong options are told by name", () => {
  const [logits, targets, shape] = [Float32Array.of(1), Float32Array.of(1), { images: 1, labels: 1 }];
  assert.throws(
    () => focalWithLogits(logits, targets, { ...shape, gamma: -1 }),
    /RangeError: gamma is -1; it must be a finite number, 0 or more/,
  );
  assert.throws(() => focalWithLogits(logits, targets, { ...shape, alpha: 1.5 }), /alpha is 1.5/);
  const ask = (options: object) => asymmetricWithLogits(logits, targets, { ...shape, ...options });
  assert.throws(() => ask({ margin: 1 }), /margin is 1; it must be 0 or more, and less than 1/);
  assert.throws(() => ask({ gammaPositive: Number.NaN }), /gammaPositive is NaN/);
  assert.throws(() => ask({ gammaNegative: Number.POSITIVE_INFINITY }), /gammaNegative is Infinity/);
});
