// The metrics against scikit-learn, on what the generator of test/golden/metrics.py makes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  averagePrecision,
  countDecisions,
  coverageError,
  hammingLoss,
  macroF1,
  meanAveragePrecision,
  microF1,
  multilabelReport,
  rankingAveragePrecision,
  rankingLoss,
  subsetAccuracy,
} from "./index.js";

type Value = number | null;
/** Of a case: mAP, micro and macro F1, Hamming, subset, the three of ranking; then AP, precision, recall and F1 a label. */
const golden: Value[][][] = JSON.parse(readFileSync("test/golden/metrics.json", "utf8"));

function inputs(seed: number) {
  let state = seed;
  const following = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
  };
  const [images, labels] = seed < 300 ? [1 + following(25), 1 + following(5)] : [3000, 8];
  const levels = [2, 3, 5, 11, 1000003][following(5)];
  const unknown = following(3) === 0;
  const frequency = Array.from({ length: labels }, () => following(5));
  const thresholds = Array.from({ length: labels }, () => following(levels) / levels);
  const scores = new Float64Array(images * labels);
  const targets = new Float32Array(images * labels);
  for (let i = 0; i < scores.length; i++) {
    scores[i] = following(levels) / levels;
    targets[i] = Number(following(6) < frequency[i % labels]);
    if (unknown && following(5) === 0) targets[i] = -1;
  }
  return { scores, targets, images, labels, thresholds };
}

function close(found: Value, exact: Value, what: string): void {
  const same =
    found === null || exact === null
      ? found === exact
      : Math.abs(found - exact) <= 1e-12 * Math.max(1, Math.abs(exact));
  assert.ok(same, `${what} is ${found}, not ${exact}`);
}

test("scikit-learn's values, to 1e-12", () => {
  assert.ok(golden.length > 300);
  golden.forEach(([row, ...details], seed) => {
    const { scores, targets, images, labels, thresholds } = inputs(seed);
    const names = thresholds.map((_, label) => `label ${label}`);
    const report = multilabelReport(scores, targets, { images, labels: names, thresholds });
    const keys = [
      "mAP",
      "microF1",
      "macroF1",
      "hammingLoss",
      "subsetAccuracy",
      "rankingAveragePrecision",
      "coverageError",
      "rankingLoss",
    ] as const;
    assert.deepEqual(Object.keys(report), [...keys, "labels"]);
    keys.forEach((key, i) => {
      close(report[key], row[i], `${key} of case ${seed}`);
    });
    details.forEach((exact, label) => {
      const found = report.labels[label];
      (["averagePrecision", "precision", "recall", "f1"] as const).forEach((key, i) => {
        close(found[key], exact[i], `${key} of ${found.name} of case ${seed}`);
      });
    });

    const shape = { images, labels };
    const counts = countDecisions(scores, targets, { ...shape, thresholds });
    const alone = [
      meanAveragePrecision(scores, targets, shape),
      microF1(counts),
      macroF1(counts),
      hammingLoss(counts),
      subsetAccuracy(scores, targets, { ...shape, thresholds }),
      rankingAveragePrecision(scores, targets, shape),
      coverageError(scores, targets, shape),
      rankingLoss(scores, targets, shape),
    ];
    assert.deepEqual(
      alone,
      keys.map((key) => report[key]),
    );
  });
});

describe("by hand", () => {
  test("the example of scikit-learn's documentation", () => {
    close(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 5 / 6, "average precision");
  });

  test("equal scores pass together, in whatever order they stand", () => {
    close(averagePrecision([0.5, 0.5, 0.5, 0.2], [1, 0, 0, 1]), (1 / 3 + 2 / 4) / 2, "average precision");
    close(averagePrecision([0.5, 0.5, 0.5, 0.2], [0, 0, 1, 1]), (1 / 3 + 2 / 4) / 2, "average precision");
  });

  test("without a positive, or without anything, it is undefined", () => {
    assert.equal(averagePrecision([0.1, 0.9], [0, -1]), null);
    assert.equal(averagePrecision([], []), null);
  });

  test("an unknown target is as if the row were not there, and its score may be anything", () => {
    assert.equal(
      averagePrecision([0.9, Number.NaN, 0.8, 0.7], [1, -1, 0, 1]),
      averagePrecision([0.9, 0.8, 0.7], [1, 0, 1]),
    );
  });

  test("a soft target is there from 0.5 on, a label given from its threshold on", () => {
    assert.equal(averagePrecision([3, 2, 1], [0.5, 0.49, 0.51]), averagePrecision([3, 2, 1], [1, 0, 1]));
    const [counts] = countDecisions([0.5, 0.49], [1, 1], { images: 2, labels: 1 });
    assert.deepEqual(counts, { truePositives: 1, falsePositives: 0, falseNegatives: 1, trueNegatives: 0 });
  });

  test("a report of labels that nobody has, gets or knows", () => {
    const report = multilabelReport([0.1, 0.9, 0.3, 0.2, 0.8, 0.3], [0, 0, -1, 0, 0, -1], {
      images: 2,
      labels: ["never", "false alarms", "unknown"],
    });
    const none = { positives: 0, averagePrecision: null, threshold: 0.5, recall: null };
    assert.deepEqual(report.labels, [
      { name: "never", ...none, precision: null, f1: null },
      { name: "false alarms", ...none, precision: 0, f1: 0 },
      { name: "unknown", ...none, precision: null, f1: null },
    ]);
    assert.equal(report.mAP, null);
    assert.equal(report.macroF1, 0);
    assert.equal(report.hammingLoss, 0.5);
  });

  test("no images: nothing is defined", () => {
    const report = multilabelReport([], [], { images: 0, labels: ["a"] });
    assert.equal(report.subsetAccuracy, null);
    assert.equal(report.coverageError, null);
    assert.equal(report.hammingLoss, null);
  });
});

test("wrong inputs are told", () => {
  assert.throws(() => averagePrecision([1, 2], [1]), /RangeError: 2 images of 1 labels need 2 scores/);
  assert.throws(() => averagePrecision([1, 2], [1, 2]), /The target of image 1, label 0 is 2/);
  assert.throws(() => averagePrecision([1, 2], [1, Number.NaN]), /The target of image 1, label 0 is NaN/);
  assert.throws(() => averagePrecision([Number.NaN, 2], [1, 0]), /The score of image 0, label 0 is NaN/);
  const options = { images: 1, labels: 2 };
  assert.throws(() => countDecisions([1, 2], [0, 1], { ...options, thresholds: [1] }), /1 thresholds for 2/);
  assert.throws(
    () => subsetAccuracy([1, 2], [0, 1], { ...options, thresholds: [1, Number.NaN] }),
    /The threshold of label 1 is not a number/,
  );
  assert.throws(() => meanAveragePrecision([], [], { images: 0, labels: 0 }), /0 images of 0 labels/);
});
