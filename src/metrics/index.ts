// The metrics: pure functions of scores and targets.
export { averagePrecision, averagePrecisions, meanAveragePrecision } from "./average-precision.js";
export { averagePrecisionIntervals, type IntervalOptions } from "./average-precision-interval.js";
export type { Average, AverageOptions } from "./averaging.js";
export { type BootstrapOptions, bootstrap, type Metric } from "./bootstrap.js";
export { type CalibrationMethod, calibrate, calibrated, calibratedThresholds } from "./calibrate.js";
export { type Calibration, plattScaling, temperature } from "./calibration.js";
export {
  type CalibrationErrorOptions,
  expectedCalibrationError,
  expectedCalibrationErrors,
  type ReliabilityBin,
  reliability,
} from "./calibration-error.js";
export {
  type DecisionAverageOptions,
  type PaperMetrics,
  type PrecisionRecallF1,
  paperMetrics,
  precisionRecallF1,
} from "./decision-averages.js";
export {
  countDecisions,
  countDecisionsOfImages,
  type DecisionCounts,
  type DecisionOptions,
  f1,
  hammingLoss,
  macroF1,
  microF1,
  precision,
  recall,
  subsetAccuracy,
} from "./decisions.js";
export type { Interval } from "./interval.js";
export {
  type LabelErrorOptions,
  type SuspectedError,
  type SuspectedErrors,
  type Suspects,
  suspectedLabelErrors,
} from "./label-errors.js";
export {
  type PrecisionRecallPoint,
  precisionRecallCurve,
  precisionRecallCurves,
} from "./precision-recall.js";
export {
  coverageError,
  type RankingMetrics,
  rankingAveragePrecision,
  rankingLoss,
  rankingMetrics,
} from "./ranking.js";
export { type LabelReport, type MultilabelReport, multilabelReport, type ReportOptions } from "./report.js";
export { meanRocAuc, rocAuc, rocAucs } from "./roc-auc.js";
export type { MetricShape } from "./targets.js";
export type { ThresholdAim } from "./threshold-aim.js";
export { chooseThresholds, type ThresholdOptions } from "./thresholds.js";
