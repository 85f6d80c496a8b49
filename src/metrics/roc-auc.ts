// ROC AUC: how often a label's score is higher for an image that has it than for one that doesn't.
import { type AverageOptions, averageRanked } from "./averaging.js";
import { rankedElements, rankedLabels, rocAucOf } from "./ranked.js";
import { checkScores, type MetricShape } from "./targets.js";

/**
 * The area under the receiver operating characteristic of one label over images, in [0, 1]: the share of pairs of an
 * image that has the label and one that doesn't in which the former scores higher, equal scores counting half.
 * scikit-learn's roc_auc_score. null unless there are images of both kinds.
 *
 * Scores, targets and errors are those of `averagePrecision`.
 */
export function rocAuc(scores: ArrayLike<number>, targets: ArrayLike<number>): number | null {
  checkScores(scores, targets, { images: scores.length, labels: 1 });
  return rocAucOf(rankedElements(scores, targets));
}

/** The ROC AUC of each label; scores and targets are row-major [images, labels]. */
export function rocAucs(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): (number | null)[] {
  checkScores(scores, targets, shape);
  return Array.from(rankedLabels(scores, targets, shape), rocAucOf);
}

/** The mean of the labels' ROC AUC, or another average, over what is defined; null if nothing is. */
export function meanRocAuc(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: AverageOptions,
): number | null {
  return averageRanked(rocAucOf, scores, targets, options);
}
