// The metrics: pure functions of scores and targets.
export { averagePrecision, averagePrecisions, meanAveragePrecision } from "./average-precision.js";
export {
  countDecisions,
  type DecisionOptions,
  f1,
  hammingLoss,
  type LabelCounts,
  macroF1,
  microF1,
  precision,
  recall,
  subsetAccuracy,
} from "./decisions.js";
export {
  coverageError,
  type RankingMetrics,
  rankingAveragePrecision,
  rankingLoss,
  rankingMetrics,
} from "./ranking.js";
export { type LabelReport, type MultilabelReport, multilabelReport, type ReportOptions } from "./report.js";
export type { MetricShape } from "./targets.js";
