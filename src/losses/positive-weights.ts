// Positive weights: computed from a training set, so that a rare label's positives are not drowned.
import { isUnknown } from "./inputs.js";
import type { LossShape } from "./loss.js";

/** The shape of the targets, and the greatest weight. */
export interface BalanceOptions extends LossShape {
  /** No weight is greater; a few positives that count a hundredfold make steps that nothing else can correct. */
  cap?: number;
}

/**
 * For each label, its negatives divided by its positives, at most `cap` (default 10): with these `positiveWeights`
 * both count as much. Targets are row-major [images, labels]; unknown ones (below 0) count in neither, a soft
 * target t as t of a positive and 1 − t of a negative. A label that has not both gets 1: there is nothing to balance.
 *
 * @throws RangeError for targets of another number than images × labels, and a cap that is not above 0
 */
export function balancedPositiveWeights(
  targets: ArrayLike<number>,
  { images, labels, cap = 10 }: BalanceOptions,
): number[] {
  if (targets.length !== images * labels) {
    throw new RangeError(
      `targets has ${targets.length} elements; ${images} images of ${labels} labels need ${images * labels}.`,
    );
  }
  if (!(cap > 0)) throw new RangeError(`cap is ${cap}; it must be above 0.`);
  const positives = new Float64Array(labels);
  const negatives = new Float64Array(labels);
  for (let i = 0; i < targets.length; i++) {
    if (isUnknown(targets[i])) continue;
    positives[i % labels] += targets[i];
    negatives[i % labels] += 1 - targets[i];
  }
  return Array.from(positives, (count, label) =>
    count === 0 || negatives[label] === 0 ? 1 : Math.min(negatives[label] / count, cap),
  );
}
