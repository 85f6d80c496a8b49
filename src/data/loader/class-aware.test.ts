// Outside truth: the counts that the rule of rounds fixes, and the probability of a label by its definition.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset } from "../dataset/dataset.js";
import { classAware } from "./class-aware.js";

/** A picture a row: the labels' targets. */
function dataset(...rows: number[][]): Dataset {
  const pictures = rows.map((_, i) => ({ path: `/${i}.png`, name: `${i}.png`, row: i + 2 }));
  const labels = rows[0].map((_, label) => `label ${label}`);
  return { source: "/labels.csv", labels, pictures, targets: Float32Array.from(rows.flat()) };
}

/** 60 pictures: label 0 on 50 of them, label 1 on two of these, label 2 on eight others, one with none, one unknown. */
const uneven = dataset(
  ...Array.from({ length: 60 }, (_, i) => {
    if (i < 2) return [1, 1, 0];
    if (i < 50) return [1, 0, -1];
    if (i < 58) return [0, 0, 0.75];
    return i === 58 ? [0, 0, 0] : [0.5, -1, 0];
  }),
);

const countsOf = (order: Uint32Array) => {
  const counts = new Map<number, number>();
  for (const picture of order) counts.set(picture, (counts.get(picture) ?? 0) + 1);
  return counts;
};

test("each label, and having none, has a quarter of the draws, and its pictures come equally often", () => {
  const counts = countsOf(classAware(uneven, 1)(1));
  const drawn = (from: number, to: number) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += counts.get(i) ?? 0;
    return sum;
  };
  assert.equal(drawn(0, 60), 60);
  assert.equal(drawn(58, 60), 15);
  assert.equal(drawn(50, 58), 15);
  // The two rare ones: 15 by their own label, and what label 0 draws of them besides.
  assert.ok(drawn(0, 2) >= 15 && drawn(0, 2) <= 17);
  for (const [from, to] of [
    [50, 58],
    [58, 60],
  ]) {
    const each = Array.from({ length: to - from }, (_, i) => counts.get(from + i) ?? 0);
    assert.ok(Math.max(...each) - Math.min(...each) <= 1);
  }
  assert.ok([...Array(48).keys()].every((i) => (counts.get(i + 2) ?? 0) <= 1));
});

test("over many epochs every picture of a common label has its turn, by chance alike", () => {
  const sampler = classAware(uneven, 2);
  const totals = new Float64Array(60);
  for (let epoch = 1; epoch <= 400; epoch++) for (const picture of sampler(epoch)) totals[picture]++;
  // Label 0: 15 draws an epoch of 50 pictures, so 120 each; five deviations of a binomial.
  for (const total of totals.subarray(2, 50)) assert.ok(Math.abs(total - 120) < 5 * Math.sqrt(120 * 0.7));
});

test("seed and epoch fix the order", () => {
  const [one, again, other] = [classAware(uneven, 1), classAware(uneven, 1), classAware(uneven, 3)];
  assert.deepEqual(one(5), again(5));
  assert.deepEqual(one(5), one(5));
  assert.notDeepEqual(one(5), one(6));
  assert.notDeepEqual(one(5), other(5));
});

test("pictures without any label are all there is, or none at all", () => {
  assert.deepEqual([...classAware(dataset([0, 0], [0, -1], [0, 0]), 1)(1)].sort(), [0, 1, 2]);
  assert.deepEqual(countsOf(classAware(dataset([1, 0], [0, 1], [0, 1], [0, 1]), 1)(1)).get(0), 2);
});
