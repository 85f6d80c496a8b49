// Precision, recall and F1 of all decisions: averaged as scikit-learn does, and as papers on multi-label images do.
import { type Average, checkAverage, weightedMean } from "./averaging.js";
import {
  countDecisions,
  countDecisionsOfImages,
  type DecisionCounts,
  type DecisionOptions,
  decided,
  f1,
  precision,
  recall,
  totals,
} from "./decisions.js";
import { meanOfDefined } from "./targets.js";

export interface DecisionAverageOptions extends DecisionOptions {
  average: Average;
  /** What takes the place of 0/0, as scikit-learn's zero_division; by default it is left out of means. */
  zeroDivision?: number;
}

/** From 0 to 1; null where 0/0. */
export interface PrecisionRecallF1 {
  precision: number | null;
  recall: number | null;
  f1: number | null;
}

/**
 * Precision, recall and F1 of the decisions that thresholds make of scores (row-major [images, labels]), averaged:
 * scikit-learn's precision_recall_fscore_support. A label, or an image, of which nothing is known is left out.
 */
export function precisionRecallF1(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: DecisionAverageOptions,
): PrecisionRecallF1 {
  const { average, zeroDivision = null } = options;
  checkAverage(average);
  const ofImages = average === "samples";
  const all = (ofImages ? countDecisionsOfImages : countDecisions)(scores, targets, options);
  const counts = (average === "micro" ? [totals(all)] : all).filter((group) => decided(group) > 0);
  const positives = counts.map(({ truePositives, falseNegatives }) => truePositives + falseNegatives);
  const mean = (metric: (counts: DecisionCounts) => number | null) => {
    const values = counts.map((group) => metric(group) ?? zeroDivision);
    if (average !== "weighted") return meanOfDefined(values);
    // Where nothing has a weight, scikit-learn falls back to what 0/0 stands for, if nothing was given either.
    const fallback = zeroDivision === null ? null : (metric(totals(counts)) ?? zeroDivision);
    return weightedMean(values, positives) ?? fallback;
  };
  return { precision: mean(precision), recall: mean(recall), f1: mean(f1) };
}

/** What papers on multi-label images print, in [0, 1]: C over labels ("class"), O over everything ("overall"). */
export interface PaperMetrics {
  CP: number | null;
  CR: number | null;
  CF1: number | null;
  OP: number | null;
  OR: number | null;
  OF1: number | null;
}

/**
 * With TP, FP and FN of each label, as in Wang et al. 2016 ("CNN-RNN") and since:
 *
 *     CP = mean(TP/(TP + FP)),  CR = mean(TP/(TP + FN)),  CF1 = 2·CP·CR/(CP + CR);   OP, OR, OF1 of the sums.
 *
 * CF1 is a harmonic mean of means, not the mean of the labels' F1 (`macroF1`). The means are over the labels that
 * some image has; one that was given to no image has precision 0 here, as in the published code.
 */
export function paperMetrics(counts: readonly DecisionCounts[]): PaperMetrics {
  const labels = counts.filter(({ truePositives, falseNegatives }) => truePositives + falseNegatives > 0);
  const CP = meanOfDefined(labels.map((label) => precision(label) ?? 0));
  const CR = meanOfDefined(labels.map(recall));
  const CF1 = CP === null || CR === null ? null : CP + CR === 0 ? 0 : (2 * CP * CR) / (CP + CR);
  const all = totals(counts);
  return { CP, CR, CF1, OP: precision(all), OR: recall(all), OF1: f1(all) };
}
