// Calibrate: the scale and shift that a deployed tagger's logits get, safe to apply whatever the labels are like.
import { type Calibration, type Line, plattLine, plattScaling, temperature } from "./calibration.js";
import { rankedElements, rankedLabels } from "./ranked.js";
import type { MetricShape } from "./targets.js";

/** `temperature`: one divisor for all labels; `platt`: a scale and a shift for each. */
export type CalibrationMethod = "temperature" | "platt";

/**
 * `temperature`: every label's logits divided by the one temperature of all. `platt`: a line for each label; those that
 * lack positives or negatives, or whose scores are no better than chance, get the line of all labels together. No scale
 * is 0 or below, so no label's order changes.
 *
 * `logits`, `targets` and errors are those of `plattScaling`.
 */
export function calibrate(
  method: CalibrationMethod,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): Calibration {
  const { labels } = shape;
  if (method === "temperature") {
    const scale = 1 / temperature(logits, targets, shape);
    return { scale: new Array(labels).fill(scale), shift: new Array(labels).fill(0) };
  }
  const together = plattLine(rankedElements(logits, targets));
  const common: Line = together.scale > 0 ? together : { scale: 1, shift: 0 };
  const own = plattScaling(logits, targets, shape);
  const lines = Array.from(rankedLabels(logits, targets, shape), ({ positives, negatives }, label) => {
    const line = { scale: own.scale[label], shift: own.shift[label] };
    return positives.length > 0 && negatives.length > 0 && line.scale > 0 ? line : common;
  });
  return { scale: lines.map(({ scale }) => scale), shift: lines.map(({ shift }) => shift) };
}

/** scale·logit + shift of each label; a new array, row-major [images, labels]. */
export function calibrated(logits: Float32Array, { scale, shift }: Calibration): Float32Array {
  // Rounded as float32 arithmetic rounds, since that is what runs in a bundle.
  return logits.map((x, i) => Math.fround(x * scale[i % scale.length]) + shift[i % scale.length]);
}

/** Where thresholds for probabilities before a calibration lie after it, so that they decide the same. */
export function calibratedThresholds(thresholds: readonly number[], { scale, shift }: Calibration): number[] {
  return thresholds.map((threshold, label) => {
    // From −∞ for 0 to ∞ for 1, and both stay what they are.
    const logit = Math.log(threshold) - Math.log1p(-threshold);
    return 1 / (1 + Math.exp(-(scale[label] * logit + shift[label])));
  });
}
