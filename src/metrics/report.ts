// Report: every metric of a tagger at once, as `evaluate` prints them.
import { averagePrecisions } from "./average-precision.js";
import { type PaperMetrics, paperMetrics } from "./decision-averages.js";
import {
  countDecisions,
  countDecisionsOfImages,
  f1,
  hammingLoss,
  macroF1,
  microF1,
  precision,
  recall,
  shareWithoutMistake,
  thresholdsOf,
} from "./decisions.js";
import { type RankingMetrics, rankingMetrics } from "./ranking.js";
import { meanOfDefined } from "./targets.js";

/** Undefined values (0/0) are null, and left out of means. */
export interface LabelReport {
  name: string;
  /** Images that are known to have the label. */
  positives: number;
  averagePrecision: number | null;
  threshold: number;
  precision: number | null;
  recall: number | null;
  f1: number | null;
}

export interface MultilabelReport extends RankingMetrics, PaperMetrics {
  mAP: number | null;
  microF1: number | null;
  macroF1: number | null;
  /** The mean of the images' F1: scikit-learn's "samples". */
  imageF1: number | null;
  /** N+: the labels that are given rightly to at least one image. */
  labelsFound: number;
  hammingLoss: number | null;
  subsetAccuracy: number | null;
  labels: LabelReport[];
}

/** What a report has to know of the scores. */
export interface ReportOptions {
  images: number;
  /** The labels' names. */
  labels: readonly string[];
  /** One for all labels, or one a label; a label is given at or above it. Default 0.5. */
  thresholds?: number | ArrayLike<number>;
}

/**
 * All metrics of probabilities (or other scores, with thresholds to match) against targets, both row-major
 * [images, labels]; targets below 0 are unknown, and no metric sees them.
 *
 * @throws RangeError for arrays of other sizes, targets above 1 or NaN, a known target's score that is NaN
 */
export function multilabelReport(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  { images, labels: names, thresholds: given }: ReportOptions,
): MultilabelReport {
  const options = { images, labels: names.length, thresholds: given };
  const thresholds = thresholdsOf(options);
  const precisions = averagePrecisions(probabilities, targets, options);
  const counts = countDecisions(probabilities, targets, options);
  const ofImages = countDecisionsOfImages(probabilities, targets, options);
  return {
    mAP: meanOfDefined(precisions),
    microF1: microF1(counts),
    macroF1: macroF1(counts),
    ...paperMetrics(counts),
    imageF1: meanOfDefined(ofImages.map(f1)),
    labelsFound: counts.filter(({ truePositives }) => truePositives > 0).length,
    hammingLoss: hammingLoss(counts),
    subsetAccuracy: shareWithoutMistake(ofImages),
    ...rankingMetrics(probabilities, targets, options),
    labels: names.map((name, label) => ({
      name,
      positives: counts[label].truePositives + counts[label].falseNegatives,
      averagePrecision: precisions[label],
      threshold: thresholds[label],
      precision: precision(counts[label]),
      recall: recall(counts[label]),
      f1: f1(counts[label]),
    })),
  };
}
