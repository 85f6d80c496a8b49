// multihot/web: the predictor for browsers. It re-exports, and does nothing else.
/**
 * The predictor for browsers: the model runs in a worker, on WebAssembly or WebGPU.
 * @module multihot/web
 */
export { UserError } from "../base/errors.js";
export type { Failed, Prediction, Tag, Tagged } from "../bundle/prediction.js";
export type { TagOptions } from "../bundle/tag-rule.js";
export { loadBundle } from "./load.js";
export type { LoadOptions, LoadProgress } from "./options.js";
export type { ImageContent, ImageSource, Picture, PredictOptions, Predictor } from "./predictor.js";
