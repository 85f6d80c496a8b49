// The public surface of the library: it re-exports, and does nothing else.
export { UserError } from "./base/errors.js";
export type { Bundle } from "./bundle/bundle.js";
export { evaluate } from "./bundle/evaluate.js";
export type { Evaluation, Manifest } from "./bundle/manifest.js";
export { type MeasureOptions, measure } from "./bundle/measure.js";
export type { PredictorOptions } from "./bundle/options.js";
export type { Failed, Prediction, Tagged } from "./bundle/prediction.js";
export { loadBundle, type Predictor } from "./bundle/predictor.js";
export { type BundleContent, writeBundle } from "./bundle/write.js";
export { classAware } from "./data/class-aware.js";
export { type Converted, type ConvertOptions, convert } from "./data/convert.js";
export type { Dataset, Picture } from "./data/dataset.js";
export { keptTogether } from "./data/kept-together.js";
export { type Batch, Loader, type LoaderOptions } from "./data/loader.js";
export { preparePicture } from "./data/prepare.js";
export { type ReadOptions, readDataset } from "./data/read.js";
export { type SampleOptions, writeSample } from "./data/sample/sample.js";
export { type Split, type SplitOptions, stratifiedSplit } from "./data/split.js";
export { subset } from "./data/subset.js";
export type { Transform } from "./data/transform.js";
export { type Unknown, withUnknown } from "./data/unknown.js";
export {
  type Engine,
  type EngineName,
  type EngineOptions,
  openEngine,
  type Program,
} from "./engines/index.js";
export { exportBundle } from "./export/export.js";
export type { Exported, ExportHooks, Quality } from "./export/format.js";
export type { ExportOptions } from "./export/options.js";
export { Graph } from "./graph/graph.js";
export { readOnnx, writeOnnx } from "./graph/onnx.js";
export type { Tensor } from "./graph/tensor.js";
export {
  asymmetric,
  balancedPositiveWeights,
  bce,
  bceWithLogits,
  focal,
  type Loss,
  type LossOptions,
  type LossResult,
  type LossShape,
  type Reduction,
  sigmoid,
  softMargin,
  softMarginWithLogits,
} from "./losses/index.js";
export {
  averagePrecision,
  averagePrecisions,
  chooseThresholds,
  coverageError,
  expectedCalibrationError,
  hammingLoss,
  type MultilabelReport,
  macroF1,
  meanAveragePrecision,
  meanRocAuc,
  microF1,
  multilabelReport,
  plattScaling,
  precisionRecallF1,
  rankingAveragePrecision,
  rankingLoss,
  subsetAccuracy,
  temperature,
} from "./metrics/index.js";
export type { Backbone } from "./models/backbone.js";
export {
  averageHead,
  averageMaxHead,
  type CsraOptions,
  csraHead,
  csraTemperatures,
  type Head,
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
export { writeSafetensors } from "./models/weights/safetensors.js";
export { readStateDict } from "./models/weights/state-dict.js";
export { targetsOf } from "./training/batches.js";
export { type Classifier, classifier, type Weights } from "./training/classifier.js";
export type * from "./training/events.js";
export {
  type FindLrEvent,
  type FindLrOptions,
  findLearningRate,
  type LrFinding,
} from "./training/find-lr.js";
export type { Images, Targets } from "./training/images.js";
export { type AdamWOptions, adamw } from "./training/optimizers/adamw.js";
export type { Optimizer } from "./training/optimizers/optimizer.js";
export { type SgdOptions, sgd } from "./training/optimizers/sgd.js";
export type { Settings, TrainOptions } from "./training/options.js";
export { constant, cosine, oneCycle, type Schedule, type ScheduleOptions } from "./training/schedules.js";
export { type TrainingStep, type TrainingStepOptions, trainingStep } from "./training/step.js";
export type { BatchNorm } from "./training/step-graph.js";
export { type TrainHooks, train } from "./training/train.js";
