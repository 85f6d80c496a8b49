// measure: all that `evaluate` prints, from logits and targets.
import { bceWithLogits, type LossSpec, lossByName, sigmoid } from "../losses/index.js";
import { averagePrecisionIntervals, multilabelReport } from "../metrics/index.js";
import type { Evaluation } from "./manifest.js";

/** What `measure` has to know of the scores. */
export interface MeasureOptions {
  images: number;
  labels: readonly string[];
  /** One a label; default 0.5. */
  thresholds?: readonly number[];
  /** Default: binary cross-entropy. */
  loss?: LossSpec;
}

/**
 * Measures logits against targets, both row-major [images, labels]; targets below 0 are unknown. `loss` is the loss
 * that is named, and `bce` is plain binary cross-entropy, told only where `loss` is something else.
 * @throws RangeError for arrays of other sizes, or a logit that is NaN where its target is known
 */
export function measure(
  logits: Float32Array,
  targets: Float32Array,
  { images, labels, thresholds, loss = { name: "bce" } }: MeasureOptions,
): Evaluation {
  const shape = { images, labels: labels.length };
  const known = targets.some((target) => target >= 0);
  const { loss: value } = lossByName(loss.name, loss).evaluate(logits, targets, shape);
  const isPlain = Object.keys(loss).length === 1 && loss.name === "bce";
  const { mAP, ...report } = multilabelReport(sigmoid(logits), targets, { images, labels, thresholds });
  // Of logits: probabilities near 1 are equal in float32 before logits are.
  const { low, high } = averagePrecisionIntervals(logits, targets, shape).mAP;
  return {
    images,
    loss: known ? (value as number) : null,
    ...(isPlain ? {} : { bce: known ? bceWithLogits(logits, targets, shape).loss : null }),
    mAP,
    mAPInterval: low === null || high === null ? null : { low, high },
    ...report,
  };
}
