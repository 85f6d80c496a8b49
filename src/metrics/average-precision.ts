// Average precision: how well a label's score puts the images that have it before those that don't.
import { type AverageOptions, averageRanked } from "./averaging.js";
import { averagePrecisionOf, rankedElements, rankedLabels } from "./ranked.js";
import { checkScores, type MetricShape } from "./targets.js";

/**
 * Average precision of one label over images, in (0, 1]; null if no image has it.
 *
 *     AP = Σ (Rₙ − Rₙ₋₁)·Pₙ
 *
 * over the distinct scores as thresholds, highest first, with recall R and precision P of what is at or above:
 * scikit-learn's average_precision_score. Scores may be logits or probabilities, only their order counts.
 * Unknown targets (below 0) are left out; a soft target counts as there from 0.5 on.
 *
 * @throws RangeError for lengths that differ, a target above 1 or NaN, a known target's score that is NaN
 */
export function averagePrecision(scores: ArrayLike<number>, targets: ArrayLike<number>): number | null {
  checkScores(scores, targets, { images: scores.length, labels: 1 });
  return averagePrecisionOf(rankedElements(scores, targets));
}

/** The average precision of each label; scores and targets are row-major [images, labels]. */
export function averagePrecisions(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): (number | null)[] {
  checkScores(scores, targets, shape);
  return Array.from(rankedLabels(scores, targets, shape), averagePrecisionOf);
}

/**
 * The mean of the labels' average precisions, over the labels that some image has (`average` asks for another
 * average); null if nothing is positive.
 */
export function meanAveragePrecision(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: AverageOptions,
): number | null {
  return averageRanked(averagePrecisionOf, scores, targets, options);
}
