// Decisions: what is right and wrong once thresholds have made scores into labels.
import { checkScores, isKnown, isPositive, type MetricShape, meanOfDefined } from "./targets.js";

export interface DecisionOptions extends MetricShape {
  /** A label is given to the images that score at or above: one threshold for all labels, or one a label. */
  thresholds?: number | ArrayLike<number>;
}

/** The decisions about one label, over the images where its target is known. */
export interface LabelCounts {
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
): LabelCounts[] {
  checkScores(scores, targets, options);
  const thresholds = thresholdsOf(options);
  const { images, labels } = options;
  // By label, decided and there: 0 neither, 1 there alone, 2 decided alone, 3 both.
  const counts = new Uint32Array(4 * labels);
  for (let image = 0, i = 0; image < images; image++) {
    for (let label = 0; label < labels; label++, i++) {
      if (!isKnown(targets[i])) continue;
      counts[4 * label + 2 * Number(scores[i] >= thresholds[label]) + Number(isPositive(targets[i]))]++;
    }
  }
  return Array.from({ length: labels }, (_, label) => {
    const [trueNegatives, falseNegatives, falsePositives, truePositives] = counts.subarray(4 * label);
    return { truePositives, falsePositives, falseNegatives, trueNegatives };
  });
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** TP / (TP + FP); null where the label was given to no image. */
export function precision({ truePositives, falsePositives }: LabelCounts): number | null {
  return ratio(truePositives, truePositives + falsePositives);
}

/** TP / (TP + FN); null where no image has the label. */
export function recall({ truePositives, falseNegatives }: LabelCounts): number | null {
  return ratio(truePositives, truePositives + falseNegatives);
}

/** 2·TP / (2·TP + FP + FN); null where no image has the label and none was given it. */
export function f1({ truePositives, falsePositives, falseNegatives }: LabelCounts): number | null {
  return ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
}

/** F1 of the counts of all labels together. */
export function microF1(counts: readonly LabelCounts[]): number | null {
  return f1(totals(counts));
}

/** The mean of the labels' F1, over the labels whose F1 is defined. */
export function macroF1(counts: readonly LabelCounts[]): number | null {
  return meanOfDefined(counts.map(f1));
}

/** The share of wrong decisions among all that could be checked; null if none could. */
export function hammingLoss(counts: readonly LabelCounts[]): number | null {
  const all = totals(counts);
  const wrong = all.falsePositives + all.falseNegatives;
  return ratio(wrong, wrong + all.truePositives + all.trueNegatives);
}

function totals(counts: readonly LabelCounts[]): LabelCounts {
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
  checkScores(scores, targets, options);
  const thresholds = thresholdsOf(options);
  const { images, labels } = options;
  let right = 0;
  let judged = 0;
  for (let image = 0; image < images; image++) {
    let known = 0;
    let agree = 0;
    for (let label = 0; label < labels; label++) {
      const i = image * labels + label;
      if (!isKnown(targets[i])) continue;
      known++;
      if (scores[i] >= thresholds[label] === isPositive(targets[i])) agree++;
    }
    if (known === 0) continue;
    judged++;
    if (agree === known) right++;
  }
  return ratio(right, judged);
}
