// Ranking: how well each image's scores put the labels that it has before those that it hasn't.
import { averagePrecisionOf, coverageOf, misorderedPairsOf, rankedImages } from "./ranked.js";
import { checkScores, type MetricShape } from "./targets.js";

/**
 * Metrics over images, each scikit-learn's. An image is judged by its known labels alone; one without any known
 * label is left out, and without such images the metrics are null.
 */
export interface RankingMetrics {
  /** label_ranking_average_precision_score, in (0, 1]: of an image, its labels' mean precision by rank; 1 if it has none. */
  rankingAveragePrecision: number | null;
  /** coverage_error, in labels: how far down an image's ranking its last label stands; 0 if it has none. */
  coverageError: number | null;
  /** label_ranking_loss, in [0, 1]: the share of pairs in the wrong order or tied; 0 if there are no pairs. */
  rankingLoss: number | null;
}

/** scikit-learn's label_ranking_average_precision_score; see RankingMetrics. */
export function rankingAveragePrecision(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): number | null {
  return rankingMetrics(scores, targets, shape).rankingAveragePrecision;
}

/** scikit-learn's coverage_error; see RankingMetrics. */
export function coverageError(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): number | null {
  return rankingMetrics(scores, targets, shape).coverageError;
}

/** scikit-learn's label_ranking_loss; see RankingMetrics. */
export function rankingLoss(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): number | null {
  return rankingMetrics(scores, targets, shape).rankingLoss;
}

/** All three, for one sorting of each image's scores. Row-major [images, labels]. */
export function rankingMetrics(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): RankingMetrics {
  checkScores(scores, targets, shape);
  let judged = 0;
  let precision = 0;
  let coverage = 0;
  let misordered = 0;
  for (const ranked of rankedImages(scores, targets, shape)) {
    if (ranked.positives.length + ranked.negatives.length === 0) continue;
    judged++;
    precision += averagePrecisionOf(ranked) ?? 1;
    coverage += coverageOf(ranked);
    misordered += misorderedPairsOf(ranked);
  }
  const mean = (sum: number) => (judged === 0 ? null : sum / judged);
  return {
    rankingAveragePrecision: mean(precision),
    coverageError: mean(coverage),
    rankingLoss: mean(misordered),
  };
}
