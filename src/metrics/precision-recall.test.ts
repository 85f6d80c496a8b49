// Outside truth: scikit-learn's precision_recall_curve, whose points come in the other direction with one more at recall
// 0, and its average_precision_score as the area under the steps:
//   /usr/bin/python3 -c 'from sklearn.metrics import precision_recall_curve as f; print(f([0,1,1,0,1,0,0,1],
//   [.1,.4,.35,.8,.9,.35,.2,.4]))'
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../base/random.js";
import { averagePrecision, precisionRecallCurve, precisionRecallCurves } from "./index.js";

const targets = [0, 1, 1, 0, 1, 0, 0, 1];
const scores = [0.1, 0.4, 0.35, 0.8, 0.9, 0.35, 0.2, 0.4];
const expected = [
  { threshold: 0.9, precision: 1, recall: 0.25 },
  { threshold: 0.8, precision: 0.5, recall: 0.25 },
  { threshold: 0.4, precision: 0.75, recall: 0.75 },
  { threshold: 0.35, precision: 2 / 3, recall: 1 },
  { threshold: 0.2, precision: 4 / 7, recall: 1 },
  { threshold: 0.1, precision: 0.5, recall: 1 },
];

test("the curve is scikit-learn's, ties pass together, and unknown targets are not seen", () => {
  assert.deepEqual(precisionRecallCurve(scores, targets), expected);
  assert.deepEqual(precisionRecallCurve([...scores, 0.85, Number.NaN], [...targets, -1, -1]), expected);
  const both = scores.flatMap((score) => [1 - score, score]);
  const pairs = targets.flatMap((target) => [0, target]);
  assert.deepEqual(precisionRecallCurves(both, pairs, { images: 8, labels: 2 }), [[], expected]);
});

test("the area under the steps is the average precision", () => {
  const stream = random(1, "curves");
  for (let round = 0; round < 200; round++) {
    const size = 1 + stream.integer(40);
    const values = Array.from({ length: size }, () => stream.integer(12) / 12);
    const known = values.map(() => stream.integer(3) - 1);
    let [area, recall] = [0, 0];
    for (const point of precisionRecallCurve(values, known)) {
      area += (point.recall - recall) * point.precision;
      recall = point.recall;
    }
    const wanted = averagePrecision(values, known);
    assert(Math.abs(area - (wanted ?? 0)) < 1e-12);
    assert.equal(recall, wanted === null ? 0 : 1);
  }
});
