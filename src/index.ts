// The public surface of the library: it re-exports, and does nothing else.
/**
 * The library, for Node.js.
 * @module multihot
 */
export { UserError } from "./base/errors.js";
export type { Random } from "./base/random.js";
export type { Bundle } from "./bundle/bundle.js";
export { type EvaluateOptions, evaluate } from "./bundle/evaluate.js";
export type { Evaluation, Manifest } from "./bundle/manifest.js";
export { type MeasureOptions, measure } from "./bundle/measure.js";
export type { PredictorOptions } from "./bundle/options.js";
export type { Failed, Prediction, Tagged } from "./bundle/prediction.js";
export { loadBundle, type Predictor } from "./bundle/predictor.js";
export { type BundleContent, writeBundle } from "./bundle/write.js";
export type { LookOptions } from "./data/alike/looks.js";
export { nearCopiesIn } from "./data/alike/near-copies-in.js";
export { type CheckOptions, type CheckReport, checkDataset } from "./data/check/check.js";
export type { Example, Finding, Place } from "./data/check/findings.js";
export type { Fixed } from "./data/check/fix.js";
export type { CheckStage } from "./data/check/inspect.js";
export type { Severity } from "./data/check/kinds.js";
export { classAware } from "./data/class-aware.js";
export { type Converted, type ConvertOptions, convert } from "./data/convert.js";
export type { Dataset, Picture } from "./data/dataset.js";
export { keptTogether } from "./data/kept-together.js";
export { type Batch, Loader, type LoaderOptions, type Skipped } from "./data/loader.js";
export type { Geometry, Transform } from "./data/plan.js";
export { preparePicture } from "./data/prepare.js";
export type { RandAugment } from "./data/rand-augment/rand-augment.js";
export { type ReadOptions, readDataset } from "./data/read.js";
export { type SampleOptions, writeSample } from "./data/sample/sample.js";
export type { Sampler } from "./data/sampler.js";
export { type Split, type SplitOptions, stratifiedSplit } from "./data/split.js";
export { subset } from "./data/subset.js";
export { type Unknown, withUnknown } from "./data/unknown.js";
export {
  type Engine,
  type EngineName,
  type EngineOptions,
  openEngine,
  type Precision,
  type Program,
  type Tensors,
} from "./engines/index.js";
export { exportBundle } from "./export/export.js";
export type { Exported, ExportHooks, Quality } from "./export/format.js";
export type { ExportOptions } from "./export/options.js";
export type { GraphBuilder, NodeOptions } from "./graph/builder.js";
export { type Attribute, type Dimension, Graph, type Node, type ValueInfo } from "./graph/graph.js";
export { readOnnx, writeOnnx } from "./graph/onnx.js";
export type { ArrayOf, DataType, Tensor, TensorOf } from "./graph/tensor.js";
export {
  type AnyLossOptions,
  type AsymmetricOptions,
  asymmetric,
  asymmetricWithLogits,
  type BalanceOptions,
  balancedPositiveWeights,
  bce,
  bceWithLogits,
  type FocalOptions,
  focal,
  focalWithLogits,
  type Loss,
  type LossBatch,
  type LossName,
  type LossOptions,
  type LossResult,
  type LossShape,
  type LossSpec,
  lossByName,
  lossNames,
  type Reduction,
  sigmoid,
  softMargin,
  softMarginWithLogits,
} from "./losses/index.js";
export {
  type Average,
  type AverageOptions,
  averagePrecision,
  averagePrecisions,
  type BootstrapOptions,
  bootstrap,
  bootstrapAveragePrecision,
  type Calibration,
  type CalibrationErrorOptions,
  type CalibrationMethod,
  chooseThresholds,
  countDecisions,
  coverageError,
  type DecisionAverageOptions,
  type DecisionCounts,
  type DecisionOptions,
  expectedCalibrationError,
  expectedCalibrationErrors,
  f1,
  hammingLoss,
  type Interval,
  type LabelErrorOptions,
  type LabelReport,
  type Metric,
  type MetricShape,
  type MultilabelReport,
  macroF1,
  meanAveragePrecision,
  meanRocAuc,
  microF1,
  multilabelReport,
  type PaperMetrics,
  type PrecisionRecallF1,
  type PrecisionRecallPoint,
  paperMetrics,
  plattScaling,
  precision,
  precisionRecallCurve,
  precisionRecallF1,
  type RankingMetrics,
  type ReliabilityBin,
  type ReportOptions,
  rankingAveragePrecision,
  rankingLoss,
  rankingMetrics,
  recall,
  reliability,
  rocAuc,
  rocAucs,
  type SuspectedError,
  type SuspectedErrors,
  type Suspects,
  subsetAccuracy,
  suspectedLabelErrors,
  type ThresholdAim,
  type ThresholdOptions,
  temperature,
} from "./metrics/index.js";
export type { Backbone } from "./models/backbone.js";
export {
  averageHead,
  averageMaxHead,
  type CsraOptions,
  csraHead,
  csraTemperatures,
  type FeatureMap,
  type Head,
  type HeadContext,
  type MlpOptions,
  maxHead,
  mlpHead,
} from "./models/heads/index.js";
export { type Initializer, type KaimingOptions, kaimingNormal } from "./models/init.js";
export { type Network, type NetworkOptions, network } from "./models/network.js";
export type { Preprocess } from "./models/preprocess.js";
export {
  type BackboneOptions,
  openBackbone,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  type WeightOptions,
} from "./models/registry.js";
export type { DownloadProgress } from "./models/weights/download.js";
export type { StateDict, Weight } from "./models/weights/elements.js";
export { writeSafetensors } from "./models/weights/safetensors.js";
export { readStateDict } from "./models/weights/state-dict.js";
export { targetsOf } from "./training/batches.js";
export { type Classifier, classifier, type WeightSource, type Weights } from "./training/classifier.js";
export type * from "./training/events.js";
export {
  type FindLrEvent,
  type FindLrHooks,
  type FindLrOptions,
  findLearningRate,
  type LrFinding,
  type TrialEvent,
} from "./training/find-lr.js";
export type { Images, Targets } from "./training/images.js";
export type { LrSuggestion, LrTrial } from "./training/lr-trials.js";
export { type Mixable, type MixOptions, mix } from "./training/mix.js";
export { type AdamWOptions, adamw } from "./training/optimizers/adamw.js";
export type { Optimizer, Update } from "./training/optimizers/optimizer.js";
export { type SgdOptions, sgd } from "./training/optimizers/sgd.js";
export type { Settings, ThresholdFor, TrainOptions } from "./training/options.js";
export { reportRun } from "./training/report.js";
export { constant, cosine, oneCycle, type Schedule, type ScheduleOptions } from "./training/schedules.js";
export {
  type StepRunOptions,
  type TrainingStep,
  type TrainingStepOptions,
  trainingStep,
} from "./training/step.js";
export type { BatchNorm } from "./training/step-graph.js";
export type { StepResult } from "./training/step-program.js";
export { type TrainHooks, train } from "./training/train.js";
export type { Tuning } from "./training/tuning.js";
