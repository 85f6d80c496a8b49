// The public surface of the library: it re-exports, and does nothing else.
/**
 * The library, for Node.js.
 * @module multihot
 */
export { type ErrorCode, UserError } from "./base/errors.js";
export type { Random } from "./base/random.js";
export type { Bundle } from "./bundle/bundle.js";
export { type DataEvaluation, type EvaluateOptions, evaluate } from "./bundle/evaluate.js";
export type { ImageContent, ImageSource } from "./bundle/image-source.js";
export type { Evaluation, Manifest } from "./bundle/manifest.js";
export { type MeasureOptions, measure } from "./bundle/measure.js";
export type { CardFacts } from "./bundle/model-card.js";
export type { PredictorOptions } from "./bundle/options.js";
export type { Failed, Prediction, Tag, Tagged } from "./bundle/prediction.js";
export { loadBundle, type PredictOptions, type Predictor } from "./bundle/predictor.js";
export type { SeenCounts } from "./bundle/seen-images.js";
export type { TagOptions, TagRule } from "./bundle/tag-rule.js";
export { type BundleContent, writeBundle } from "./bundle/write.js";
export { type CheckOptions, type CheckReport, checkDataset } from "./data/check/check.js";
export type { Example, Finding, Place } from "./data/check/findings.js";
export type { Fixed } from "./data/check/fix.js";
export type { CheckStage } from "./data/check/inspect.js";
export type { Severity } from "./data/check/kinds.js";
export { type Converted, type ConvertOptions, convert } from "./data/dataset/convert.js";
export type { Dataset, Picture } from "./data/dataset/dataset.js";
export { type ReadOptions, readDataset } from "./data/dataset/read.js";
export { subset } from "./data/dataset/subset.js";
export { type Unknown, withUnknown } from "./data/dataset/unknown-targets.js";
export type { LookOptions } from "./data/duplicates/looks.js";
export { nearCopiesIn } from "./data/duplicates/near-copies-in.js";
export { classAware } from "./data/loader/class-aware.js";
export { type Batch, Loader, type LoaderOptions, type Skipped } from "./data/loader/loader.js";
export type { Sampler } from "./data/loader/sampler.js";
export type { Interpolation } from "./data/resize/filters.js";
export { type SampleOptions, writeSample } from "./data/sample/sample.js";
export { keptTogether } from "./data/split/inseparable.js";
export { type Split, type SplitOptions, stratifiedSplit } from "./data/split/split.js";
export type { CenterCrop, Geometry, Transform } from "./data/transform/crop-plan.js";
export { preparePicture } from "./data/transform/prepare-image.js";
export type { RandAugment } from "./data/transform/rand-augment/rand-augment.js";
export {
  type Engine,
  type EngineName,
  type EngineOptions,
  openEngine,
  type Precision,
  type Program,
  type RunOptions,
  type Session,
  type Tensors,
} from "./engines/index.js";
export { exportBundle } from "./export/export.js";
export type { Exported, ExportHooks, Quality } from "./export/format.js";
export type { ExportOptions } from "./export/options.js";
export { GraphBuilder, type NodeOptions } from "./graph/builder.js";
export { differentiate } from "./graph/gradient/differentiate.js";
export { type Attribute, type Dimension, Graph, type Node, type ValueInfo } from "./graph/graph.js";
export { readOnnx, writeOnnx } from "./graph/onnx.js";
export { differentiableOps, knownOps } from "./graph/operators/index.js";
export { inferShapes } from "./graph/shapes.js";
export { type ArrayOf, type DataType, float32, type Tensor, type TensorOf, tensor } from "./graph/tensor.js";
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
  type LossValues,
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
  averagePrecisionIntervals,
  averagePrecisions,
  type BootstrapOptions,
  bootstrap,
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
  type IntervalOptions,
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
export { classifier } from "./training/classifier.js";
export type * from "./training/events/events.js";
export {
  type FindLrEvent,
  type FindLrHooks,
  type FindLrOptions,
  findLearningRate,
  type LrFinding,
  type TrialEvent,
} from "./training/find-lr/find-lr.js";
export type { LrSuggestion, LrTrial } from "./training/find-lr/range-test.js";
export { targetsOf } from "./training/input/batches.js";
export { type Mixable, type MixOptions, mix } from "./training/input/mixing.js";
export type { Choice } from "./training/recipe/choice.js";
export type { Settings, ThresholdFor, TrainOptions } from "./training/recipe/options.js";
export {
  constant,
  cosine,
  oneCycle,
  type Schedule,
  type ScheduleOptions,
} from "./training/recipe/schedules.js";
export { reportRun } from "./training/run/report.js";
export type { TrainHooks } from "./training/run/train.js";
export { type Training, train } from "./training/run/training.js";
export type { Classifier, WeightSource, Weights } from "./training/step/classifier.js";
export type { Images, Targets } from "./training/step/images.js";
export { type AdamWOptions, adamw } from "./training/step/optimizers/adamw.js";
export type { Optimizer, Update } from "./training/step/optimizers/optimizer.js";
export { type SgdOptions, sgd } from "./training/step/optimizers/sgd.js";
export type { BatchNorm } from "./training/step/step-graph.js";
export type { StepResult } from "./training/step/step-program.js";
export type { StepOptions, StepRunOptions, TrainingStep } from "./training/step/training-step.js";
export { type TrainingStepOptions, trainingStep } from "./training/training-step.js";
export type { Tuning } from "./training/tuning/tuning.js";
