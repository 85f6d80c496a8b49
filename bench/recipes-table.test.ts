// Outside truth: means, deviations and standard errors computed by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, isClear, type Result, spread, table } from "./recipes-table.js";

const results = (network: string, recipe: string, ...mAPs: number[]): Result[] =>
  mAPs.map((mAP, i) => ({ protocol: "p", network, recipe, seed: i + 1, mAP, seconds: 1 }));

test("a spread is the mean, the deviation by n − 1 and the mean's error", () => {
  const { mean, deviation, error } = spread([0.1, 0.2, 0.6]);
  assert.ok(Math.abs(mean - 0.3) < 1e-12);
  // (0.04 + 0.01 + 0.09) / 2 = 0.07
  assert.ok(Math.abs(deviation - Math.sqrt(0.07)) < 1e-12);
  assert.ok(Math.abs(error - Math.sqrt(0.07 / 3)) < 1e-12);
});

test("recipes are compared seed by seed, whatever order they were run in", () => {
  const plain = results("n", "plain", 0.4, 0.5, 0.45);
  const better = results("n", "better", 0.41, 0.512, 0.464).reverse();
  const difference = compare(better, plain);
  assert.ok(difference && Math.abs(difference.mean - 0.012) < 1e-12);
  assert.ok(Math.abs(difference.deviation - 0.002) < 1e-12);
  assert.ok(isClear(difference));
  assert.ok(!isClear(spread([0.01, -0.005, 0.01])));
  assert.equal(compare([{ ...better[0], seed: 9 }], plain), undefined);
});

test("the table has the plain recipe first, and a clear difference in bold", () => {
  const all = [
    ...results("a", "better", 0.41, 0.512, 0.464),
    ...results("a", "plain", 0.4, 0.5, 0.45),
    ...results("b", "plain", 0.3, 0.3, 0.3),
    ...results("a", "worse", 0.4, 0.49, 0.45),
    ...results("b", "once", 0.31),
  ];
  assert.equal(
    table(all, "plain"),
    [
      "| recipe | a | difference | b | difference |",
      "| --- | --- | --- | --- | --- |",
      "| plain | 45.0 ± 5.0 |  | 30.0 ± 0.0 |  |",
      "| better | 46.2 ± 5.1 | **+1.20 ± 0.12** |  |  |",
      "| worse | 44.7 ± 4.5 | −0.33 ± 0.33 |  |  |",
      "| once |  |  | 31.0 | +1.00 |",
    ].join("\n"),
  );
});
