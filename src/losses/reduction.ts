// Reduction: from the losses of the elements to the loss of a batch, on typed arrays.
import { checkElements, checkOptions, isUnknown } from "./inputs.js";
import type { LossBatch, LossOptions, LossResult } from "./loss.js";

/** Loss and gradient of one logit with its target in [0, 1] and the weight of its label's positives. */
export interface ElementLoss {
  readonly loss: (logit: number, target: number, positiveWeight: number) => number;
  readonly gradient: (logit: number, target: number, positiveWeight: number) => number;
}

/**
 * `elements`: the mean over all known targets of the batch.
 * `images`: over the known targets of each image, then over the images that have any.
 */
export type MeanOver = "elements" | "images";

/**
 * Loss and gradient of a batch, computed in double. The gradient and the losses of `none` are rounded once, to
 * float32; the one number of the other reductions is not rounded. `none` gives [images, labels], or [images]
 * where the mean is over images. If no target is known, loss and gradient are 0.
 */
export function reduce(
  element: ElementLoss,
  meanOver: MeanOver,
  logits: Float32Array,
  targets: Float32Array,
  options: LossBatch & LossOptions,
): LossResult {
  checkElements(logits, targets, options);
  checkOptions(options, options.labels);
  const { images, labels, reduction = "mean", positiveWeights, labelWeights, labelSmoothing = 0 } = options;
  const eachImage = meanOver === "images";
  const known = knownOfEachImage(targets, images, labels);
  const divisor =
    reduction === "batchmean"
      ? images
      : reduction === "mean"
        ? known.reduce((sum, count) => sum + (eachImage ? Math.min(count, 1) : count), 0)
        : 1;

  const gradient = options.gradient?.fill(0) ?? new Float32Array(logits.length);
  const losses = new Float32Array(eachImage ? images : logits.length);
  let sum = 0;
  for (let image = 0; image < images; image++) {
    if (known[image] === 0) continue;
    const scale = divisor * (eachImage ? known[image] : 1);
    let ofImage = 0;
    for (let label = 0; label < labels; label++) {
      const i = image * labels + label;
      if (isUnknown(targets[i])) continue;
      const positiveWeight = positiveWeights?.[label] ?? 1;
      const labelWeight = labelWeights?.[label] ?? 1;
      const target = targets[i] * (1 - labelSmoothing) + labelSmoothing / 2;
      const loss = (labelWeight * element.loss(logits[i], target, positiveWeight)) / scale;
      gradient[i] = (labelWeight * element.gradient(logits[i], target, positiveWeight)) / scale;
      if (!eachImage) losses[i] = loss;
      ofImage += loss;
    }
    if (eachImage) losses[image] = ofImage;
    sum += ofImage;
  }
  return { loss: reduction === "none" ? losses : sum, gradient };
}

function knownOfEachImage(targets: Float32Array, images: number, labels: number): Uint32Array {
  const known = new Uint32Array(images);
  for (let i = 0; i < targets.length; i++) {
    if (!isUnknown(targets[i])) known[Math.floor(i / labels)]++;
  }
  return known;
}
