// Cross-validation: how what is chosen on some images does on others.
import { permutation, random } from "../base/random.js";
import { countDecisions, type DecisionCounts } from "./decisions.js";
import type { MetricShape } from "./targets.js";

/** Scores and targets, row-major [images, labels]. */
export interface Scored extends MetricShape {
  scores: Float32Array;
  targets: Float32Array;
}

export interface Fold {
  chosenOn: Scored;
  judgedOn: Scored;
}

const FOLDS = 5;

/** The images of `data` that are named, in that order. */
export function rowsOf({ scores, targets, labels }: Scored, images: ArrayLike<number>): Scored {
  const take = (values: Float32Array) => {
    const taken = new Float32Array(images.length * labels);
    for (let i = 0; i < images.length; i++) {
      taken.set(values.subarray(images[i] * labels, (images[i] + 1) * labels), i * labels);
    }
    return taken;
  };
  return { scores: take(scores), targets: take(targets), images: images.length, labels };
}

/** `count` images (default: all) in a random order. */
export function drawn(data: Scored, seed: number, count = data.images): Scored {
  return rowsOf(data, permutation(data.images, random(seed, "cross-validation")).subarray(0, count));
}

/** The five ways to part the images into four fifths and the rest. */
export function folds(data: Scored): Fold[] {
  const images = Array.from({ length: data.images }, (_, image) => image);
  return Array.from({ length: FOLDS }, (_, fold) => ({
    chosenOn: rowsOf(
      data,
      images.filter((image) => image % FOLDS !== fold),
    ),
    judgedOn: rowsOf(
      data,
      images.filter((image) => image % FOLDS === fold),
    ),
  }));
}

/** Each label's decisions on every image, by what `decide` makes of the other four fifths. */
export function judge(
  parts: readonly Fold[],
  decide: (fold: Fold) => { scores: Float32Array; thresholds: number | ArrayLike<number> },
): DecisionCounts[] {
  const { labels } = parts[0].judgedOn;
  const counts = Array.from({ length: labels }, () => ({
    truePositives: 0,
    falsePositives: 0,
    falseNegatives: 0,
    trueNegatives: 0,
  }));
  for (const fold of parts) {
    const { scores, thresholds } = decide(fold);
    const { targets, ...shape } = fold.judgedOn;
    countDecisions(scores, targets, { ...shape, thresholds }).forEach((found, label) => {
      const count = counts[label];
      count.truePositives += found.truePositives;
      count.falsePositives += found.falsePositives;
      count.falseNegatives += found.falseNegatives;
      count.trueNegatives += found.trueNegatives;
    });
  }
  return counts;
}
