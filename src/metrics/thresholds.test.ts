// Thresholds, against scikit-learn's precision-recall curve and by hand. (That shrinkage helps: bench/thresholds.test.ts.)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { random } from "../base/random.js";
import { chooseThresholds, countDecisions, f1, precision, recall, type ThresholdOptions } from "./index.js";

interface Golden {
  logits: number[];
  targets: number[];
  cuts: Record<string, number | null>;
}
const golden: Golden[] = JSON.parse(readFileSync("test/golden/calibration.json", "utf8"));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe("without shrinkage, the best point of scikit-learn's curve", () => {
  golden.forEach(({ logits, targets, cuts }, i) => {
    const probabilities = logits.map(sigmoid);
    const shape = { images: logits.length, labels: 1 };
    const decide = (aim: ThresholdOptions["for"]) => {
      const thresholds = chooseThresholds(probabilities, targets, { ...shape, for: aim, shrinkage: 0 });
      return countDecisions(probabilities, targets, { ...shape, thresholds })[0];
    };
    test(`case ${i}`, () => {
      assert.equal(f1(decide("f1")), cuts.f1);
      for (const wanted of [0.5, 0.9]) {
        const precise = decide({ precision: wanted });
        const most = cuts[`recall at precision ${wanted}`];
        if (most === null) {
          assert.equal(precise.truePositives + precise.falsePositives, 0);
        } else {
          assert.ok((precision(precise) ?? 0) >= wanted);
          assert.equal(recall(precise), most);
        }
        const complete = decide({ recall: wanted });
        assert.ok((recall(complete) ?? 0) >= wanted);
        assert.equal(precision(complete), cuts[`precision at recall ${wanted}`]);
      }
    });
  });
});

test("a threshold lies halfway between the probabilities that it parts", () => {
  const probabilities = [0.75, 0.5, 0.25, 0.125];
  const of = (targets: number[], aim: ThresholdOptions["for"] = "f1") =>
    chooseThresholds(probabilities, targets, { images: 4, labels: 1, for: aim, shrinkage: 0 })[0];
  assert.equal(of([1, 1, 0, 0]), 0.375);
  assert.equal(of([1, 1, 1, 1]), 0.0625);
  assert.equal(of([0, 1, 0, 0], { precision: 1 }), 0.875);
  assert.equal(of([0, 1, 0, 0], { recall: 1 }), 0.375);
});

/** Labels of which `positives[i]` images out of 200 have label i; logits differ by 2. */
function drawn(positives: readonly number[], seed: number) {
  const stream = random(seed, "thresholds");
  const [images, labels] = [200, positives.length];
  const targets = Float32Array.from({ length: images * labels }, (_, i) =>
    Number(Math.floor(i / labels) < positives[i % labels]),
  );
  const probabilities = Float32Array.from(targets, (t) => sigmoid(stream.normal() + 2 * t - 1.5));
  return { probabilities, targets, shape: { images, labels } };
}

describe("with shrinkage", () => {
  test("a label without positives gets the common threshold, and all do as k grows", () => {
    const { probabilities, targets, shape } = drawn([50, 20, 8, 0], 1);
    for (const aim of ["f1", { precision: 0.7 }, { recall: 0.7 }] as const) {
      const of = (shrinkage: number) =>
        chooseThresholds(probabilities, targets, { ...shape, for: aim, shrinkage });
      const common = of(0)[3];
      assert.ok(common > 0 && common < 1);
      for (const k of [1, 10, 1e6]) assert.ok(Math.abs(of(k)[3] - common) < 1e-12);
      for (const threshold of of(1e9)) assert.ok(Math.abs(threshold - common) < 1e-5);
    }
  });

  test("the common threshold is the one with the best mean F1 over labels", () => {
    const { probabilities, targets, shape } = drawn([50, 20, 8, 0], 2);
    const meanF1 = (threshold: number) => {
      const counts = countDecisions(probabilities, targets, { ...shape, thresholds: threshold }).slice(0, 3);
      return counts.reduce((sum, label) => sum + (f1(label) ?? 0), 0) / 3;
    };
    const common = chooseThresholds(probabilities, targets, { ...shape, shrinkage: 1e9 })[0];
    const grid = Array.from({ length: 161 }, (_, i) => sigmoid(8 - i / 10));
    assert.ok(meanF1(common) >= Math.max(...grid.map(meanF1)) - 1e-12);
  });

  test("a handful of positives moves a threshold less than many do", () => {
    // Two labels with scores drawn alike; the second has 4 positives, and chance sends its own optimum far away.
    let [few, many, raw] = [0, 0, 0];
    for (let seed = 0; seed < 20; seed++) {
      const { probabilities, targets, shape } = drawn([60, 60, 60, 4], seed);
      const [shrunk, own, common] = [10, 0, 1e9].map((shrinkage) =>
        chooseThresholds(probabilities, targets, { ...shape, shrinkage }).map((p) => Math.log(p / (1 - p))),
      );
      raw += Math.abs(own[3] - common[3]);
      few += Math.abs(shrunk[3] - common[3]);
      many += Math.abs(shrunk[0] - own[0]);
    }
    assert.ok(few < 0.6 * raw, `${few} of ${raw}`);
    assert.ok(many / 20 < 0.3, `${many / 20}`);
  });
});

test("unknown targets are as if they were not there", () => {
  const { probabilities, targets, shape } = drawn([50, 20, 8], 3);
  const whole = chooseThresholds(probabilities, targets, shape);
  const more = new Float32Array(probabilities.length + 30).fill(Number.NaN);
  const unknown = new Float32Array(more.length).fill(-1);
  more.set(probabilities);
  unknown.set(targets);
  assert.deepEqual(chooseThresholds(more, unknown, { images: 210, labels: 3 }), whole);
});

test("without any positive every threshold is 0.5", () => {
  assert.deepEqual(chooseThresholds([0.1, 0.9], [0, 0], { images: 1, labels: 2 }), [0.5, 0.5]);
  assert.deepEqual(chooseThresholds([], [], { images: 0, labels: 1 }), [0.5]);
});

test("saturated probabilities and labels that all have stay within [0, 1]", () => {
  const probabilities = [1, 1, 0, 0.5, 1, 0, 0, 0.2];
  const targets = [1, 1, 0, 1, 0, 1, 0, 1];
  for (const aim of ["f1", { precision: 0.99 }, { recall: 1 }] as const) {
    for (const shrinkage of [0, 10]) {
      const found = chooseThresholds(probabilities, targets, { images: 4, labels: 2, for: aim, shrinkage });
      for (const threshold of found) assert.ok(threshold >= 0 && threshold <= 1, `${threshold}`);
    }
  }
});

test("wrong inputs are told", () => {
  const ask = (options: Partial<ThresholdOptions>, p = 0.5) =>
    chooseThresholds([p], [1], { images: 1, labels: 1, ...options });
  assert.throws(
    () => ask({}, -2),
    /RangeError: The probability of image 0, label 0 is -2. \(Is it a logit\?\)/,
  );
  assert.throws(
    () => ask({ for: { precision: 90 } }),
    /The precision to reach is 90; it must be above 0, and at/,
  );
  assert.throws(
    () => ask({ for: "F1" as "f1" }),
    /RangeError: Thresholds cannot be chosen for "F1"; wanted "f1", "micro-f1"/,
  );
  assert.throws(() => ask({ for: { recall: 0 } }), /The recall to reach is 0/);
  assert.throws(() => ask({ shrinkage: -1 }), /shrinkage is -1; it must be a finite number, 0 or more/);
});
