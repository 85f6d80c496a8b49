// measure: all that `evaluate` prints, from logits and targets.
import { bceWithLogits, sigmoid } from "../losses/index.js";
import { multilabelReport } from "../metrics/index.js";
import type { Evaluation } from "./manifest.js";

export interface MeasureOptions {
  images: number;
  labels: readonly string[];
  /** One a label; default 0.5. */
  thresholds?: readonly number[];
}

/**
 * Measures logits against targets, both row-major [images, labels]; targets below 0 are unknown.
 * @throws RangeError for arrays of other sizes, or a logit that is NaN where its target is known
 */
export function measure(
  logits: Float32Array,
  targets: Float32Array,
  { images, labels, thresholds }: MeasureOptions,
): Evaluation {
  const known = targets.some((target) => target >= 0);
  const { loss } = bceWithLogits(logits, targets, { images, labels: labels.length });
  return {
    images,
    loss: known ? loss : null,
    ...multilabelReport(sigmoid(logits), targets, { images, labels, thresholds }),
  };
}
