// Decisions: what is right and wrong once thresholds have made scores into labels.
import { checkScores, isKnown, isPositive, type MetricShape, meanOfDefined } from "./targets.js";

export interface DecisionOptions extends MetricShape {
  /** A label is given to the images that score at or above: one threshold for all labels, or one a label. */
  thresholds?: number | ArrayLike<number>;
}

/** Decisions where the target is known: about one label over the images, or about one image over its labels. */
export interface DecisionCounts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/** One threshold a label; 0.5 unless told. Throws a RangeError for another number of them, or NaN. */
export function thresholdsOf({ labels, thresholds = 0.5 }: DecisionOptions): Float64Array {
  const each =
    typeof thresholds === "number"
      ? new Float64Array(labels).fill(thresholds)
      : Float64Array.from(thresholds);
  if (each.length !== labels) {
    throw new RangeError(`There are ${each.length} thresholds for ${labels} labels.`);
  }
  const wrong = each.findIndex(Number.isNaN);
  if (wrong >= 0) throw new RangeError(`The threshold of label ${wrong} is not a number.`);
  return each;
}

/** Counts the decisions about each label; scores and targets are row-major [images, labels]. */
export function countDecisions(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: DecisionOptions,
): DecisionCounts[] {
  return count(scores, targets, options, options.labels, (_, label) => label);
}

/** Counts the decisions about each image. */
export function countDecisionsOfImages(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: DecisionOptions,
): DecisionCounts[] {
  return count(scores, targets, options, options.images, (image) => image);
}

function count(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: DecisionOptions,
  groups: number,
  groupOf: (image: number, label: number) => number,
): DecisionCounts[] {
  checkScores(scores, targets, options);
  const thresholds = thresholdsOf(options);
  const { images, labels } = options;
  // By group, decided and there: 0 neither, 1 there alone, 2 decided alone, 3 both.
  const counts = new Uint32Array(4 * groups);
  for (let image = 0, i = 0; image < images; image++) {
    for (let label = 0; label < labels; label++, i++) {
      if (!isKnown(targets[i])) continue;
      const kind = 2 * Number(scores[i] >= thresholds[label]) + Number(isPositive(targets[i]));
      counts[4 * groupOf(image, label) + kind]++;
    }
  }
  return Array.from({ length: groups }, (_, group) => {
    const [trueNegatives, falseNegatives, falsePositives, truePositives] = counts.subarray(4 * group);
    return { truePositives, falsePositives, falseNegatives, trueNegatives };
  });
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** TP / (TP + FP); null where nothing was given. */
export function precision({ truePositives, falsePositives }: DecisionCounts): number | null {
  return ratio(truePositives, truePositives + falsePositives);
}

/** TP / (TP + FN); null where nothing is there. */
export function recall({ truePositives, falseNegatives }: DecisionCounts): number | null {
  return ratio(truePositives, truePositives + falseNegatives);
}

/** 2·TP / (2·TP + FP + FN); null where nothing is there and nothing was given. */
export function f1({ truePositives, falsePositives, falseNegatives }: DecisionCounts): number | null {
  return ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
}

/** F1 of the counts of all labels together. */
export function microF1(counts: readonly DecisionCounts[]): number | null {
  return f1(totals(counts));
}

/** The mean of the labels' F1, over the labels whose F1 is defined. */
export function macroF1(counts: readonly DecisionCounts[]): number | null {
  return meanOfDefined(counts.map(f1));
}

/** The share of wrong decisions among all that could be checked; null if none could. */
export function hammingLoss(counts: readonly DecisionCounts[]): number | null {
  const all = totals(counts);
  return ratio(all.falsePositives + all.falseNegatives, decided(all));
}

/** The decisions of all together. */
export function totals(counts: readonly DecisionCounts[]): DecisionCounts {
  const total = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  for (const label of counts) {
    total.truePositives += label.truePositives;
    total.falsePositives += label.falsePositives;
    total.falseNegatives += label.falseNegatives;
    total.trueNegatives += label.trueNegatives;
  }
  return total;
}

/**
 * The share of images with all their known labels decided rightly, among those with a known label; null if
 * there is none. scikit-learn's accuracy_score.
 */
export function subsetAccuracy(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: DecisionOptions,
): number | null {
  return shareWithoutMistake(countDecisionsOfImages(scores, targets, options));
}

/** `subsetAccuracy` of the images' counts. */
export function shareWithoutMistake(images: readonly DecisionCounts[]): number | null {
  const counts = images.filter((image) => decided(image) > 0);
  const right = counts.filter(({ falsePositives, falseNegatives }) => falsePositives + falseNegatives === 0);
  return ratio(right.length, counts.length);
}

/** How many decisions were counted. */
export function decided(counts: DecisionCounts): number {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  return truePositives + falsePositives + falseNegatives + trueNegatives;
}
