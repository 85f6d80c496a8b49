// multihot/web/step: the training step for browsers. It re-exports, and does nothing else.
/**
 * The training step for browsers: the same as in Node, on an ONNX Runtime that you pass in.
 * @module multihot/web/step
 */
export type { Engine } from "../engines/engine.js";
export { ortInThread } from "../engines/ort/in-thread.js";
export type { OrtModule } from "../engines/ort/runtime.js";
export { asymmetric, bce, focal, type Loss, sigmoid, softMargin } from "../losses/index.js";
export { type Network, type NetworkOptions, network } from "../models/network.js";
export { resnet } from "../models/resnet.js";
export { Classifier } from "../training/step/classifier.js";
export { type AdamWOptions, adamw } from "../training/step/optimizers/adamw.js";
export type { Optimizer } from "../training/step/optimizers/optimizer.js";
export { type SgdOptions, sgd } from "../training/step/optimizers/sgd.js";
export { type StepOptions, TrainingStep } from "../training/step/training-step.js";
