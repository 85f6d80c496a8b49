// The sigmoid against 150-digit arithmetic.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sigmoid } from "./index.js";

// With target 0 the gradient of the loss is σ(x).
const golden: { exact: number[][] } = JSON.parse(readFileSync("test/golden/loss.json", "utf8"));
const points = golden.exact.filter(([, t]) => t === 0).map(([x, , , , gradient]) => [x, gradient]);

test("σ of a number keeps its digits in both tails", () => {
  assert.ok(points.length > 20);
  for (const [x, exact] of points) {
    assert.ok(Math.abs(sigmoid(x) - exact) <= 4 * 2 ** -53 * exact, `σ(${x}) = ${sigmoid(x)}, not ${exact}`);
  }
});

test("σ of an array is rounded once, to the array's type", () => {
  const x = points.map(([v]) => v);
  const single = sigmoid(Float32Array.from(x));
  assert.ok(single instanceof Float32Array);
  assert.deepEqual(
    single,
    Float32Array.from(points, ([, exact]) => exact),
  );
  assert.deepEqual(
    sigmoid(Float64Array.from(x)),
    Float64Array.from(x, (v) => sigmoid(v)),
  );
});

test("σ holds at infinity", () => {
  assert.deepEqual([sigmoid(Infinity), sigmoid(-Infinity), sigmoid(-800), sigmoid(0)], [1, 0, 0, 0.5]);
});
