// Balanced positive weights, by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { balancedPositiveWeights, bceWithLogits } from "./index.js";

test("negatives over positives of each label, capped, over what is known", () => {
  //      rare, even, common, never, always, unknown
  const rows = [
    [1, 1, 1, 0, 1, -1],
    [0, 1, 1, 0, 1, -1],
    [0, 0, 1, 0, 1, -1],
    [0, 0, 0, 0, 1, -1],
    [-1, 0, 0.5, 0, 1, -1],
  ];
  const shape = { images: 5, labels: 6 };
  assert.deepEqual(balancedPositiveWeights(rows.flat(), shape), [3, 1.5, 1.5 / 3.5, 1, 1, 1]);
  assert.deepEqual(balancedPositiveWeights(rows.flat(), { ...shape, cap: 1.2 }), [
    1.2,
    1.2,
    1.5 / 3.5,
    1,
    1,
    1,
  ]);
});

test("10 is the cap, unless told", () => {
  const targets = new Float32Array(1000);
  targets[7] = 1;
  assert.deepEqual(balancedPositiveWeights(targets, { images: 1000, labels: 1 }), [10]);
  assert.deepEqual(balancedPositiveWeights(targets, { images: 1000, labels: 1, cap: 5000 }), [999]);
});

test("with them, positives and negatives pull a network that knows nothing with equal force", () => {
  const targets = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 1, 0, 1);
  const shape = { images: 5, labels: 2 };
  const positiveWeights = balancedPositiveWeights(targets, shape);
  const { gradient } = bceWithLogits(new Float32Array(10), targets, { ...shape, positiveWeights });
  for (const label of [0, 1]) {
    const pull = gradient.filter((_, i) => i % 2 === label).reduce((sum, value) => sum + value);
    assert.ok(Math.abs(pull) < 1e-7);
  }
});

test("wrong inputs are told by name", () => {
  assert.throws(() => balancedPositiveWeights([1], { images: 1, labels: 2 }), /targets has 1 elements/);
  assert.throws(() => balancedPositiveWeights([1], { images: 1, labels: 1, cap: 0 }), /cap is 0/);
});
