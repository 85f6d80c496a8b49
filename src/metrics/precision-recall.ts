// Precision-recall curve: what precision a label's score has at each recall that it can reach.
import { type Ranked, rankedElements, rankedLabels } from "./ranked.js";
import { checkScores, type MetricShape } from "./targets.js";

/** What is decided where the label is given at or above the threshold. */
export interface PrecisionRecallPoint {
  threshold: number;
  precision: number;
  recall: number;
}

/**
 * The curve of one label: a point for each distinct score, from the highest (the lowest recall) on; empty if no image
 * has the label. scikit-learn's precision_recall_curve, in the other direction and without the point that it adds at
 * recall 0. Average precision is the area under its steps, each point's precision holding from the recall before it.
 *
 * Scores, targets and errors are those of `averagePrecision`.
 */
export function precisionRecallCurve(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
): PrecisionRecallPoint[] {
  checkScores(scores, targets, { images: scores.length, labels: 1 });
  return curveOf(rankedElements(scores, targets));
}

/** The curve of each label; scores and targets are row-major [images, labels]. */
export function precisionRecallCurves(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): PrecisionRecallPoint[][] {
  checkScores(scores, targets, shape);
  return Array.from(rankedLabels(scores, targets, shape), curveOf);
}

function curveOf({ positives, negatives }: Ranked): PrecisionRecallPoint[] {
  if (positives.length === 0) return [];
  const points: PrecisionRecallPoint[] = [];
  let i = positives.length;
  let j = negatives.length;
  while (i > 0 || j > 0) {
    const threshold = Math.max(positives[i - 1] ?? -Infinity, negatives[j - 1] ?? -Infinity);
    while (i > 0 && positives[i - 1] === threshold) i--;
    while (j > 0 && negatives[j - 1] === threshold) j--;
    const found = positives.length - i;
    points.push({
      threshold,
      precision: found / (found + negatives.length - j),
      recall: found / positives.length,
    });
  }
  return points;
}
