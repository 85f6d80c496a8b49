// Cross-validation: how thresholds, or calibration, do on images that they were not chosen on.
import { permutation, random } from "../src/base/random.js";
import { countDecisions, type DecisionCounts, type MetricShape } from "../src/metrics/index.js";

export interface Scored extends MetricShape {
  /** Row-major [images, labels]. */
  probabilities: Float32Array;
  targets: Float32Array;
}

const FOLDS = 5;

/** The images of `data` that are named, in that order. */
export function rowsOf({ probabilities, targets, labels }: Scored, images: readonly number[]): Scored {
  const take = (values: Float32Array) => {
    const taken = new Float32Array(images.length * labels);
    images.forEach((image, i) => {
      taken.set(values.subarray(image * labels, (image + 1) * labels), i * labels);
    });
    return taken;
  };
  return { probabilities: take(probabilities), targets: take(targets), images: images.length, labels };
}

/** `count` images in a random order. */
export function drawn(data: Scored, count: number, seed: number): Scored {
  return rowsOf(data, [...permutation(data.images, random(seed, "cross-validation"))].slice(0, count));
}

/** The five ways to part the images into four fifths and the rest. */
export function folds(data: Scored): { chosenOn: Scored; judgedOn: Scored }[] {
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

/** Each label's decisions on every image, with thresholds that were chosen on the other four fifths. */
export function judge(data: Scored, choose: (chosenOn: Scored) => ArrayLike<number>): DecisionCounts[] {
  const counts = Array.from({ length: data.labels }, () => ({
    truePositives: 0,
    falsePositives: 0,
    falseNegatives: 0,
    trueNegatives: 0,
  }));
  for (const { chosenOn, judgedOn } of folds(data)) {
    const thresholds = choose(chosenOn);
    const found = countDecisions(judgedOn.probabilities, judgedOn.targets, { ...judgedOn, thresholds });
    counts.forEach((count, label) => {
      count.truePositives += found[label].truePositives;
      count.falsePositives += found[label].falsePositives;
      count.falseNegatives += found[label].falseNegatives;
      count.trueNegatives += found[label].trueNegatives;
    });
  }
  return counts;
}
