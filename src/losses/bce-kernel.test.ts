// Outside truth: the formula in double.
import assert from "node:assert/strict";
import { test } from "node:test";
import { elements, exactBce, isAccurate } from "../../test/exact-loss.js";
import { random } from "../base/random.js";
import { bceWithLogits } from "./bce.js";
import { bceOfMany } from "./bce-kernel.js";

const [images, labels] = [33, 1999];
const stream = random(1, "kernel");
/** Those where other forms break, both signs, and all between. */
const points = [0, 1e-8, 1e-3, 0.5, 10, 16.6, 17, 37, 87, 88, 100, 103, 104, 120, Infinity];
const logits = Float32Array.from({ length: images * labels }, (_, i) => {
  const magnitude = i < 4 * points.length ? points[i >> 2] : 110 * stream.uniform() ** 3;
  return i % 2 ? -magnitude : magnitude;
});
const targets = Float32Array.from(logits, (_, i) =>
  i < 4 * points.length ? (i >> 1) % 2 : stream.integer(2),
);

/** −log σ(x) and its derivative, of the target's side. */
function exact(x: number, t: number): { loss: number; gradient: number } {
  const y = t === 1 ? -x : x;
  const z = Math.exp(-Math.abs(y));
  const gradient = (y > 0 ? 1 : z) / (1 + z);
  return { loss: Math.max(y, 0) + Math.log1p(z), gradient: t === 1 ? -gradient : gradient };
}

/** 4 units in the last place, also where numbers are no longer normal. */
const near = (found: number, wanted: number) =>
  found === wanted || Math.abs(found - wanted) <= Math.max(4 * 2 ** -24 * Math.abs(wanted), 2 ** -147);

test("value and gradient are within 4 ulp, in both tails", () => {
  for (const [i, x] of logits.entries()) {
    // One logit at a time, among others that cost nothing.
    const { loss, gradient } = exact(x, targets[i]);
    if (i < 4 * points.length || i % 97 === 0) {
      const one = new Float32Array(2 ** 16);
      const unknown = new Float32Array(2 ** 16).fill(-1);
      [one[i % 7], unknown[i % 7]] = [x, targets[i]];
      const found = bceOfMany(one, unknown, { images: 1, labels: 2 ** 16, reduction: "sum" });
      assert.ok(found && near(found.loss, loss), `loss(${x}, ${targets[i]}) = ${found?.loss}, not ${loss}`);
      assert.ok(near(found.gradient[i % 7], gradient), `${found.gradient[i % 7]}, not ${gradient}`);
      assert.equal(
        found.gradient.filter((value) => value !== 0).length,
        gradient === 0 ? 0 : Number(found.gradient[i % 7] !== 0),
      );
    }
  }
});

for (const reduction of ["mean", "batchmean", "sum"] as const) {
  test(`${reduction}: all elements, with unknown ones, as in double`, () => {
    const finite = logits.map((x) => (Number.isFinite(x) ? x : 0));
    const some = targets.map((t, i) => (i % 5 === 3 ? -1 : t));
    for (const given of [targets, some]) {
      const known = given.filter((t) => t >= 0).length;
      const divisor = { mean: known, batchmean: images, sum: 1 }[reduction];
      const found = bceOfMany(finite, given, { images, labels, reduction });
      assert.ok(found);
      let sum = 0;
      for (const [i, x] of finite.entries()) {
        if (given[i] < 0) assert.equal(found.gradient[i], 0);
        else {
          const { loss, gradient } = exact(x, given[i]);
          sum += loss;
          assert.ok(near(found.gradient[i], gradient / divisor), `${found.gradient[i]} of ${x}, ${given[i]}`);
        }
      }
      assert.ok(near(found.loss, sum / divisor));
    }
  });
}

test("weights of labels and of their positives are within 4 ulp too", () => {
  const options = {
    reduction: "sum",
    labelWeights: Array.from({ length: labels }, (_, label) => (label % 50 === 0 ? 0 : 3 * stream.uniform())),
    positiveWeights: Array.from({ length: labels }, () => 1000 * stream.uniform() ** 3),
  } as const;
  const finite = logits.map((x) => (Math.abs(x) < 80 ? x : 0));
  const each: Partial<typeof options>[] = [
    options,
    { labelWeights: options.labelWeights },
    { positiveWeights: options.positiveWeights },
  ];
  for (const { labelWeights, positiveWeights } of each) {
    const weighted = { images, labels, reduction: "sum", labelWeights, positiveWeights } as const;
    const found = bceOfMany(finite, targets, weighted);
    assert.ok(found);
    let sum = 0;
    for (const [i, x] of finite.entries()) {
      const { loss, gradient } = exact(x, targets[i]);
      const weight =
        (labelWeights?.[i % labels] ?? 1) * (targets[i] === 1 ? (positiveWeights?.[i % labels] ?? 1) : 1);
      sum += weight * loss;
      assert.ok(near(found.gradient[i], weight * gradient), `${found.gradient[i]} of ${x}, ${targets[i]}`);
    }
    assert.ok(near(found.loss, sum));
  }
});

test("soft targets and smoothing, with weights: as in double", () => {
  const weights = {
    labelWeights: Array.from({ length: labels }, () => 3 * stream.uniform()),
    positiveWeights: Array.from({ length: labels }, () => 1000 * stream.uniform() ** 3),
  };
  const points = elements(12_000, random(2, "soft"));
  const x = logits.map((_, i) => points.logits[i % points.logits.length]);
  const given = targets.map((_, i) => (i % 11 === 3 ? -1 : points.targets[i % points.targets.length]));
  const hard = given.map((t) => Math.round(t));
  const cases = [
    { given, labelSmoothing: 0 },
    { given, labelSmoothing: 0.1, ...weights },
    { given: hard, labelSmoothing: 1e-6 },
  ];
  for (const { given, ...options } of cases) {
    const { labelSmoothing, labelWeights, positiveWeights } = { ...weights, ...options };
    const weighted = "labelWeights" in options;
    const found = bceOfMany(x, given, { images, labels, reduction: "sum", ...options });
    assert.ok(found);
    let sum = 0;
    for (const [i, logit] of x.entries()) {
      if (given[i] < 0) {
        assert.equal(found.gradient[i], 0);
        continue;
      }
      const w = weighted ? labelWeights[i % labels] : 1;
      const p = weighted ? positiveWeights[i % labels] : 1;
      const t = given[i] * (1 - labelSmoothing) + labelSmoothing / 2;
      const { loss, gradient } = exactBce(logit, t, p);
      sum += w * loss;
      const blind = 2 ** -48 * w * Math.max(1, p);
      const error = Math.abs(found.gradient[i] - w * gradient);
      assert.ok(
        error <= blind || isAccurate(found.gradient[i], w * gradient, logit, 4),
        `${found.gradient[i]}, not ${w * gradient}, of ${logit}, ${t}`,
      );
    }
    assert.ok(near(found.loss, sum), `${found.loss}, not ${sum}`);
  }
});

test("the loss of a soft target is within 4 ulp, one at a time", () => {
  const { logits, targets } = elements(300, random(3, "soft"));
  for (const [i, x] of logits.entries()) {
    const unknown = new Float32Array(2 ** 16).fill(-1);
    const [one, t] = [new Float32Array(2 ** 16), targets[i]];
    [one[i], unknown[i]] = [x, t];
    const found = bceOfMany(one, unknown, { images: 1, labels: 2 ** 16, reduction: "sum" });
    assert.ok(found && isAccurate(found.loss, exactBce(x, t).loss, x, 4), `${found?.loss} of ${x}, ${t}`);
  }
});

test("the gradient goes where it is told to, over whatever stood there", () => {
  const finite = logits.map((x) => (Number.isFinite(x) ? x : 0));
  const masked = targets.map((t, i) => (i % 5 === 3 ? -1 : t));
  for (const given of [masked, masked.map(() => -1)]) {
    const gradient = new Float32Array(finite.length).fill(Number.NaN);
    const found = bceWithLogits(finite, given, { images, labels, gradient });
    assert.equal(found.gradient, gradient);
    assert.deepEqual(found, bceWithLogits(finite, given, { images, labels }));
  }
});

test("what is none of its cases is left to the others", () => {
  const shape = { images, labels };
  assert.equal(bceOfMany(logits, targets, { ...shape, labelSmoothing: 1 }), undefined);
  assert.equal(bceOfMany(logits, targets, { images: -images, labels: -labels }), undefined);
  assert.equal(bceOfMany(logits, targets, { images: images / 2, labels: 2 * labels }), undefined);
  assert.equal(bceOfMany(logits, targets, { ...shape, reduction: "none" }), undefined);
  assert.equal(bceOfMany(logits.subarray(1), targets, shape), undefined);
  assert.equal(bceOfMany(logits, targets, { ...shape, gradient: targets }), undefined);
  assert.equal(bceOfMany(logits, targets, { ...shape, gradient: new Float32Array(3) }), undefined);
  for (const wrong of [Number.NaN, -1, 1e30]) {
    const labelWeights = new Array(labels).fill(1).with(5, wrong);
    assert.equal(bceOfMany(logits, targets, { ...shape, labelWeights }), undefined);
  }
  assert.equal(bceOfMany(logits, targets, { ...shape, positiveWeights: [1] }), undefined);
  assert.equal(
    bceOfMany(
      logits,
      targets.map(() => -1),
      shape,
    ),
    undefined,
  );
  const finite = logits.map((x) => (Number.isFinite(x) ? x : 0));
  for (const wrong of [2, Number.NaN]) {
    assert.throws(() => bceWithLogits(finite, targets.with(70, wrong), shape), /image 0, label 70/);
  }
});
