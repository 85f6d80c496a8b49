// The metrics against scikit-learn, on what the generator of test/golden/metrics.py makes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  averagePrecision,
  countDecisions,
  coverageError,
  f1,
  hammingLoss,
  macroF1,
  meanAveragePrecision,
  meanRocAuc,
  microF1,
  multilabelReport,
  paperMetrics,
  precisionRecallF1,
  rankingAveragePrecision,
  rankingLoss,
  recall,
  rocAuc,
  rocAucs,
  subsetAccuracy,
} from "./index.js";

type Value = number | null;
interface Golden {
  /** The values that `valuesOf` lists, of the first cases. */
  rows: Value[][];
  /** Of each label of these cases: AP, ROC AUC, precision, recall, F1. */
  details: Value[][][];
  /** Of every case, one sum over these values. */
  digests: number[];
}
const golden: Golden = JSON.parse(readFileSync("test/golden/metrics.json", "utf8"));

function inputs(seed: number) {
  let state = seed;
  const following = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
  };
  const [images, labels] = seed < 1000 ? [1 + following(25), 1 + following(5)] : [3000, 8];
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

const averages = ["macro", "micro", "weighted", "samples"] as const;

/** Every metric, by name. */
function valuesOf({ scores, targets, thresholds, ...shape }: ReturnType<typeof inputs>): [string, Value][] {
  const values: [string, Value][] = [];
  for (const [name, metric] of [
    ["AP", meanAveragePrecision],
    ["ROC AUC", meanRocAuc],
  ] as const) {
    for (const average of averages) {
      values.push([`${average} ${name}`, metric(scores, targets, { ...shape, average })]);
    }
  }
  for (const zeroDivision of [undefined, 0, 1]) {
    for (const average of averages) {
      const options = { ...shape, thresholds, average, zeroDivision };
      const found = precisionRecallF1(scores, targets, options);
      for (const [name, value] of Object.entries(found)) {
        values.push([`${average} ${name}, 0/0 as ${zeroDivision}`, value]);
      }
    }
  }
  const counts = countDecisions(scores, targets, { ...shape, thresholds });
  values.push(...Object.entries(paperMetrics(counts)));
  values.push(["Hamming loss", hammingLoss(counts)]);
  values.push(["subset accuracy", subsetAccuracy(scores, targets, { ...shape, thresholds })]);
  values.push(["ranking average precision", rankingAveragePrecision(scores, targets, shape)]);
  values.push(["coverage error", coverageError(scores, targets, shape)]);
  values.push(["ranking loss", rankingLoss(scores, targets, shape)]);
  return values;
}

function close(found: Value, exact: Value, what: string): void {
  const same =
    found === null || exact === null
      ? found === exact
      : Math.abs(found - exact) <= 1e-12 * Math.max(1, Math.abs(exact));
  assert.ok(same, `${what} is ${found}, not ${exact}`);
}

describe("scikit-learn's values, to 1e-12", () => {
  test("of every metric", () => {
    assert.ok(golden.rows.length > 50);
    golden.rows.forEach((row, seed) => {
      const values = valuesOf(inputs(seed));
      assert.equal(values.length, row.length);
      values.forEach(([name, value], i) => {
        close(value, row[i], `${name} of case ${seed}`);
      });
    });
  });

  test("and their sum, over 1,000 cases and two large ones", () => {
    assert.equal(golden.digests.length, 1002);
    golden.digests.forEach((exact, seed) => {
      const values = valuesOf(inputs(seed));
      const sum = values.reduce((sum, [, value], k) => sum + (1 + k / values.length) * (value ?? -1), 0);
      // Each value weighs at least 1 in the sum.
      assert.ok(Math.abs(sum - exact) <= 1e-12, `the sum of case ${seed} is ${sum}, not ${exact}`);
    });
  });

  test("of each label, and in the report", () => {
    golden.details.forEach((details, seed) => {
      const { scores, targets, thresholds, ...shape } = inputs(seed);
      const names = thresholds.map((_, label) => `label ${label}`);
      const report = multilabelReport(scores, targets, { images: shape.images, labels: names, thresholds });
      const aucs = rocAucs(scores, targets, shape);
      details.forEach(([averagePrecision, auc, ...rest], label) => {
        const found = report.labels[label];
        const where = `of ${found.name} of case ${seed}`;
        close(found.averagePrecision, averagePrecision, `averagePrecision ${where}`);
        close(aucs[label], auc, `ROC AUC ${where}`);
        (["precision", "recall", "f1"] as const).forEach((key, i) => {
          close(found[key], rest[i], `${key} ${where}`);
        });
      });

      const counts = countDecisions(scores, targets, { ...shape, thresholds });
      const { labels: _, ...whole } = report;
      assert.deepEqual(whole, {
        mAP: meanAveragePrecision(scores, targets, shape),
        microF1: microF1(counts),
        macroF1: macroF1(counts),
        ...paperMetrics(counts),
        imageF1: precisionRecallF1(scores, targets, { ...shape, thresholds, average: "samples" }).f1,
        labelsFound: counts.filter((label) => (recall(label) ?? 0) > 0).length,
        hammingLoss: hammingLoss(counts),
        subsetAccuracy: subsetAccuracy(scores, targets, { ...shape, thresholds }),
        rankingAveragePrecision: rankingAveragePrecision(scores, targets, shape),
        coverageError: coverageError(scores, targets, shape),
        rankingLoss: rankingLoss(scores, targets, shape),
      });
      const f1 = (average: "micro" | "macro") =>
        precisionRecallF1(scores, targets, { ...shape, thresholds, average }).f1;
      assert.deepEqual([report.microF1, report.macroF1], [f1("micro"), f1("macro")]);
    });
  });
});

describe("the tables of scikit-learn's documentation", () => {
  test("average_precision_score, roc_auc_score", () => {
    close(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 5 / 6, "average precision");
    close(rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 0.75, "ROC AUC");
  });

  test("coverage_error, label_ranking_average_precision_score, label_ranking_loss", () => {
    const targets = [1, 0, 0, 0, 0, 1];
    const scores = [0.75, 0.5, 1, 1, 0.2, 0.1];
    const shape = { images: 2, labels: 3 };
    close(coverageError(scores, targets, shape), 2.5, "coverage error");
    close(rankingAveragePrecision(scores, targets, shape), 5 / 12, "ranking average precision");
    close(rankingLoss(scores, targets, shape), 0.75, "ranking loss");
    close(rankingLoss([1, 0.1, 0.2, 0.1, 0.2, 0.9], targets, shape), 0, "ranking loss");
  });

  test("f1_score, accuracy_score and hamming_loss of several labels", () => {
    const targets = [0, 0, 0, 1, 1, 1, 0, 1, 1];
    const given = [0, 0, 0, 1, 1, 1, 1, 1, 0];
    const counts = countDecisions(given, targets, { images: 3, labels: 3 });
    [2 / 3, 1, 2 / 3].forEach((exact, label) => {
      close(f1(counts[label]), exact, `F1 of label ${label}`);
    });
    const two = { images: 2, labels: 2 };
    close(subsetAccuracy([1, 1, 1, 1], [0, 1, 1, 1], two), 0.5, "subset accuracy");
    close(hammingLoss(countDecisions([0, 0, 0, 0], [0, 1, 1, 1], two)), 0.75, "Hamming loss");
  });

  test("precision_recall_fscore_support of cat, dog and pig", () => {
    const oneHot = (classes: string) =>
      [...classes].flatMap((c) => ["c", "d", "p"].map((l) => Number(l === c)));
    const [targets, given] = [oneHot("cdpcdp"), oneHot("cpdccd")];
    const of = (average: (typeof averages)[number]) =>
      precisionRecallF1(given, targets, { images: 6, labels: 3, average, zeroDivision: 0 });
    close(of("macro").precision, 2 / 9, "macro precision");
    close(of("macro").recall, 1 / 3, "macro recall");
    close(of("macro").f1, 4 / 15, "macro F1");
    for (const value of Object.values(of("micro"))) close(value, 1 / 3, "micro");
    assert.deepEqual(of("weighted"), of("macro"));
  });
});

describe("the metrics of papers", () => {
  test("CF1 is the harmonic mean of the mean precision and the mean recall, and not the mean of F1", () => {
    // Label 0: TP 1, FP 1; label 1: TP 1, FN 3; label 2 is never given; label 3 is never there, and given once.
    const targets = [1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0];
    const given = [1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    const counts = countDecisions(given, targets, { images: 4, labels: 4 });
    const [CP, CR] = [(0.5 + 1 + 0) / 3, (1 + 0.25 + 0) / 3];
    const [OP, OR] = [2 / 4, 2 / 6];
    const expected = { CP, CR, CF1: (2 * CP * CR) / (CP + CR), OP, OR, OF1: (2 * OP * OR) / (OP + OR) };
    for (const [name, value] of Object.entries(paperMetrics(counts))) {
      close(value, expected[name as keyof typeof expected], name);
    }
  });
});

describe("by hand", () => {
  test("equal scores pass together, in whatever order they stand", () => {
    close(averagePrecision([0.5, 0.5, 0.5, 0.2], [1, 0, 0, 1]), (1 / 3 + 2 / 4) / 2, "average precision");
    close(averagePrecision([0.5, 0.5, 0.5, 0.2], [0, 0, 1, 1]), (1 / 3 + 2 / 4) / 2, "average precision");
  });

  test("without a positive, or without anything, it is undefined", () => {
    assert.equal(averagePrecision([0.1, 0.9], [0, -1]), null);
    assert.equal(averagePrecision([], []), null);
    assert.equal(rocAuc([0.1, 0.9], [1, -1]), null);
  });

  test("an unknown target is as if the row were not there, and its score may be anything", () => {
    assert.equal(
      averagePrecision([0.9, Number.NaN, 0.8, 0.7], [1, -1, 0, 1]),
      averagePrecision([0.9, 0.8, 0.7], [1, 0, 1]),
    );
  });

  test("a soft target is there from 0.5 on, a label given from its threshold on", () => {
    assert.equal(averagePrecision([3, 2, 1], [0.5, 0.49, 0.51]), averagePrecision([3, 2, 1], [1, 0, 1]));
    // As float32 it would be 0.5.
    const almost = [0.499999999, 1, 0];
    for (const average of averages) {
      const of = (targets: number[]) =>
        meanAveragePrecision([3, 2, 1], targets, { images: 3, labels: 1, average });
      assert.equal(of(almost), of([0, 1, 0]), average);
    }
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
  // As JavaScript may, which no compiler stops.
  const average = "Macro" as "macro";
  assert.throws(
    () => meanAveragePrecision([1, 2], [0, 1], { ...options, average }),
    /RangeError: There is no average "Macro"; wanted macro, weighted, micro or samples/,
  );
  assert.throws(() => precisionRecallF1([1, 2], [0, 1], { ...options, average }), /no average "Macro"/);
});
