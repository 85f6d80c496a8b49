// The sigmoid against 150-digit arithmetic, and losses by name.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { lossByName, lossNames, sigmoid } from "./index.js";

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

test("a loss by name", () => {
  assert.deepEqual(lossNames, ["bce", "soft-margin"]);
  for (const name of lossNames) assert.equal(lossByName(name).name, name);
  const [logits, targets] = [Float32Array.of(2, -1), Float32Array.of(1, 1)];
  const weighted = lossByName("bce", { positiveWeights: [3, 3], reduction: "sum" });
  const plain = lossByName("bce", { reduction: "sum" });
  const of = (loss: typeof plain) => loss.evaluate(logits, targets, { images: 1, labels: 2 }).loss as number;
  assert.ok(Math.abs(of(weighted) - 3 * of(plain)) < 1e-12);
  assert.throws(
    () => lossByName("soft margin"),
    /UserError: There is no loss "soft margin"; there are soft-margin, bce/,
  );
  assert.throws(
    () => lossByName("soft-margin", { positiveWeights: [1] }),
    /"soft-margin" has no positive weights/,
  );
});
