// Inputs: the check of what a loss is given.
import { type LossOption, wantedOf } from "./kind.js";
import type { LossOptions, LossShape } from "./loss.js";

/** Whether a target says nothing: such an element has no loss and no gradient. */
export function isUnknown(target: number): boolean {
  return target < 0;
}

/** Throws a RangeError unless logits and targets are [images, labels] and every target is at most 1. */
export function checkElements(logits: Float32Array, targets: Float32Array, shape: LossShape): void {
  const { images, labels } = shape;
  if (!Number.isInteger(images) || images < 0) {
    throw new RangeError(`images is ${images}; it must be a whole number, 0 or more.`);
  }
  checkLabels(labels);
  for (const [name, array] of [
    ["logits", logits],
    ["targets", targets],
  ] as const) {
    if (array.length !== images * labels) {
      throw new RangeError(
        `${name} has ${array.length} elements; ${images} images of ${labels} labels need ${images * labels}.`,
      );
    }
  }
  const wrong = targets.findIndex((target) => !(target <= 1));
  if (wrong >= 0) {
    throw new RangeError(
      `The target of image ${Math.floor(wrong / labels)}, label ${wrong % labels} is ${targets[wrong]}; ` +
        "targets lie between 0 and 1, or are −1 for unknown.",
    );
  }
}

/** Throws a RangeError unless each weight is a finite number, 0 or more, there is one a label, and 0 ≤ ε < 1. */
export function checkOptions(options: LossOptions, labels: number): void {
  checkLabels(labels);
  checkRange("labelSmoothing", options.labelSmoothing ?? 0, { from: 0, below: 1 });
  for (const name of ["positiveWeights", "labelWeights"] as const) {
    const weights = options[name];
    if (weights === undefined) continue;
    if (weights.length !== labels) {
      throw new RangeError(`${name} has ${weights.length} elements; ${labels} labels need ${labels}.`);
    }
    for (let label = 0; label < labels; label++) {
      if (!(weights[label] >= 0 && weights[label] < Number.POSITIVE_INFINITY)) {
        throw new RangeError(
          `${name}[${label}] is ${weights[label]}; a weight is a finite number, 0 or more.`,
        );
      }
    }
  }
}

/** Throws a RangeError unless the value is in the range. */
export function checkRange(name: string, value: number, range: Omit<LossOption, "help">): void {
  const wanted = wantedOf(value, range);
  if (wanted !== undefined) throw new RangeError(`${name} is ${value}; it must be ${wanted}.`);
}

function checkLabels(labels: number): void {
  if (!Number.isInteger(labels) || labels < 1) {
    throw new RangeError(`labels is ${labels}; it must be a whole number, 1 or more.`);
  }
}
