// Outside truth: the formula in double.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../base/random.js";
import { bceWithLogits } from "./bce.js";
import { bceOfHardTargets } from "./bce-kernel.js";

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
      const found = bceOfHardTargets(one, unknown, { images: 1, labels: 2 ** 16, reduction: "sum" });
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
      const found = bceOfHardTargets(finite, given, { images, labels, reduction });
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
    const found = bceOfHardTargets(finite, targets, weighted);
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

test("the gradient goes where it is told to, over whatever stood there", () => {
  const finite = logits.map((x) => (Number.isFinite(x) ? x : 0));
  const masked = targets.map((t, i) => (i % 5 === 3 ? -1 : t));
  // Soft targets at the very end are noticed when all blocks but one are done.
  const soft = masked.with(masked.length - 1, 0.5).with(masked.length - 2, -1);
  for (const given of [masked, soft]) {
    const gradient = new Float32Array(finite.length).fill(Number.NaN);
    const found = bceWithLogits(finite, given, { images, labels, gradient });
    assert.equal(found.gradient, gradient);
    assert.deepEqual(found, bceWithLogits(finite, given, { images, labels }));
  }
});

test("what is none of its cases is left to the others", () => {
  const shape = { images, labels };
  const soft = targets.with(70, 0.5);
  assert.equal(bceOfHardTargets(logits, soft, shape), undefined);
  assert.equal(bceOfHardTargets(logits, targets, { ...shape, labelSmoothing: 0.1 }), undefined);
  assert.equal(bceOfHardTargets(logits, targets, { ...shape, reduction: "none" }), undefined);
  assert.equal(bceOfHardTargets(logits.subarray(1), targets, shape), undefined);
  assert.equal(bceOfHardTargets(logits, targets, { ...shape, gradient: targets }), undefined);
  assert.equal(bceOfHardTargets(logits, targets, { ...shape, gradient: new Float32Array(3) }), undefined);
  for (const wrong of [Number.NaN, -1, 1e30]) {
    const labelWeights = new Array(labels).fill(1).with(5, wrong);
    assert.equal(bceOfHardTargets(logits, targets, { ...shape, labelWeights }), undefined);
  }
  assert.equal(bceOfHardTargets(logits, targets, { ...shape, positiveWeights: [1] }), undefined);
  assert.equal(
    bceOfHardTargets(
      logits,
      targets.map(() => -1),
      shape,
    ),
    undefined,
  );
  const finite = logits.map((x) => (Number.isFinite(x) ? x : 0));
  assert.ok(bceWithLogits(finite, soft, shape).loss > 0);
  for (const wrong of [2, Number.NaN]) {
    assert.throws(() => bceWithLogits(finite, targets.with(70, wrong), shape), /image 0, label 70/);
  }
});
