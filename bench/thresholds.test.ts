// That shrunk thresholds beat both 0.5 and each label's own optimum, by cross-validation on data of known making.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { random } from "../src/base/random.js";
import { folds, judge, type Scored } from "../src/metrics/cross-validation.js";
import {
  chooseThresholds,
  type DecisionCounts,
  macroF1,
  microF1,
  precision,
  type ThresholdAim,
} from "../src/metrics/index.js";

/** 16 labels in 2 to 40 % of the images, some easy, some hard; logits are too flat or too steep, and too low. */
function synthetic(images: number, seed: number): Scored {
  const labels = 16;
  const ofLabels = random(1, "labels");
  const made = Array.from({ length: labels }, (_, label) => ({
    share: 0.02 * 20 ** (label / (labels - 1)),
    distance: 1 + 2 * ofLabels.uniform(),
    scale: 0.7 + ofLabels.uniform(),
    shift: 0.5 * ofLabels.normal() - 0.5,
  }));
  const stream = random(seed, "images");
  const targets = new Float32Array(images * labels);
  const scores = new Float32Array(images * labels);
  for (let i = 0; i < targets.length; i++) {
    const { share, distance, scale, shift } = made[i % labels];
    targets[i] = Number(stream.uniform() < share);
    const x = distance * (stream.normal() + distance * (targets[i] - 0.5)) + Math.log(share / (1 - share));
    scores[i] = 1 / (1 + Math.exp(-scale * x - shift));
  }
  return { scores, targets, images, labels };
}

/** The decisions by thresholds of 0.5, by each label's own optimum, and by shrunk ones. */
function compare(data: Scored, aim: ThresholdAim) {
  const parts = folds(data);
  const choose = ({ scores, targets, ...shape }: Scored, shrinkage?: number) =>
    chooseThresholds(scores, targets, { ...shape, for: aim, shrinkage });
  const judged = (thresholdsOf: (chosenOn: Scored) => number | ArrayLike<number>) =>
    judge(parts, ({ chosenOn, judgedOn }) => ({
      scores: judgedOn.scores,
      thresholds: thresholdsOf(chosenOn),
    }));
  return {
    half: judged(() => 0.5),
    own: judged((chosenOn) => choose(chosenOn, 0)),
    shrunk: judged((chosenOn) => choose(chosenOn)),
  };
}

/** Asserts that the mean of `gains` is above `least`, and above twice its own standard error. */
function assertGain(gains: readonly number[], least: number) {
  const mean = gains.reduce((sum, value) => sum + value, 0) / gains.length;
  const squares = gains.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (gains.length - 1) / gains.length);
  assert.ok(mean > least && mean > 2 * error, `${mean} ± ${error}`);
}

describe("on images that the thresholds were not chosen on", () => {
  for (const [images, least] of [
    [200, 0.005],
    [400, 0.003],
  ]) {
    test(`F1 is better with ${images} images, macro and micro, than with 0.5 and with each label's own optimum`, () => {
      const found = Array.from({ length: 30 }, (_, seed) => compare(synthetic(images, seed), "f1"));
      for (const metric of [macroF1, microF1]) {
        for (const other of ["half", "own"] as const) {
          const gains = found.map(
            ({ shrunk, [other]: counts }) => (metric(shrunk) ?? 0) - (metric(counts) ?? 0),
          );
          assertGain(gains, least);
        }
      }
    });
  }

  test("a precision that was asked for is missed by less than with each label's own optimum", () => {
    const missed = (counts: readonly DecisionCounts[]) => {
      const ofLabels = counts.map((label) => Math.max(0, 0.8 - (precision(label) ?? 0.8)));
      return ofLabels.reduce((sum, value) => sum + value, 0) / ofLabels.length;
    };
    const found = Array.from({ length: 30 }, (_, seed) => compare(synthetic(150, seed), { precision: 0.8 }));
    assertGain(
      found.map(({ own, shrunk }) => missed(own) - missed(shrunk)),
      0.02,
    );
  });
});
