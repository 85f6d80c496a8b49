// Multi-label soft margin: binary cross-entropy with logits, averaged within each image first.
import { bceElement } from "./bce.js";
import { addLoss, plain } from "./graph-form.js";
import type { LossKind } from "./kind.js";
import type { Loss, LossBatch, LossOptions, LossResult, Reduction } from "./loss.js";
import { reduce } from "./reduction.js";

type Options = LossBatch & LossOptions;

/**
 * Value and gradient of PyTorch's MultiLabelSoftMarginLoss. The loss of an image with logits x and targets t is
 *
 *     −1/C · Σ w·(p·t·log σ(x) + (1 − t)·log(1 − σ(x)))
 *
 * over its C known labels (`labelWeights` are w; `positiveWeights` p are ours, PyTorch has none here); `mean` is
 * over the images that have a known label, `batchmean` over all. Without unknown targets `mean` equals that of
 * `bceWithLogits`; with them, an image with few known labels counts here as much as one with many. `none` gives
 * one loss an image: [images].
 *
 * Targets, gradient, accuracy and errors are those of `bceWithLogits`.
 */
export function softMarginWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options & { reduction: "none" },
): LossResult<Float32Array>;
export function softMarginWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options & { reduction?: Exclude<Reduction, "none"> },
): LossResult<number>;
export function softMarginWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options,
): LossResult;
export function softMarginWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options,
): LossResult {
  return reduce(bceElement, "images", logits, targets, options);
}

/** PyTorch's MultiLabelSoftMarginLoss as a loss to train with. */
export function softMargin(options: LossOptions = {}): Loss {
  return {
    name: "soft-margin",
    evaluate: (logits, targets, batch) => softMarginWithLogits(logits, targets, { ...options, ...batch }),
    build: (builder, logits, targets, labels) =>
      addLoss(builder, logits, targets, labels, plain, "images", options),
  };
}

export const softMarginKind: LossKind<"soft-margin", Record<never, never>> = {
  name: "soft-margin",
  own: {},
  make: softMargin,
};

/*
 * Derivation
 *
 * An element costs what it costs in bce.ts, and the derivation there holds. For N images with all C labels known,
 * the mean over an image's labels and then over the images is 1/N · Σ 1/C · Σ = 1/(N·C) · ΣΣ, the mean over
 * everything. If image n has only Cₙ known labels, its elements weigh 1/(N·Cₙ) each.
 */
