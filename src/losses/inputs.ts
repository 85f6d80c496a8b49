// Inputs: the check of what a loss is given.
import { type LossOption, wantedOf } from "./kind.js";
import type { LossBatch, LossOptions } from "./loss.js";

/** Whether a target says nothing: such an element has no loss and no gradient. */
export function isUnknown(target: number): boolean {
  return target < 0;
}

/** Throws a RangeError unless all arrays are [images, labels], the gradient is none of the others, and every target at most 1. */
export function checkElements(logits: Float32Array, targets: Float32Array, batch: LossBatch): void {
  const { images, labels, gradient } = batch;
  if (!Number.isInteger(images) || images < 0) {
    throw new RangeError(`images is ${images}; it must be a whole number, 0 or more.`);
  }
  checkLabels(labels);
  for (const [name, array] of [
    ["logits", logits],
    ["targets", targets],
    ["gradient", gradient],
  ] as const) {
    if (array && array.length !== images * labels) {
      throw new RangeError(
        `${name} has ${array.length} elements; ${images} images of ${labels} labels need ${images * labels}.`,
      );
    }
  }
  if (gradient && (overlap(gradient, logits) || overlap(gradient, targets))) {
    throw new RangeError("gradient shares memory with logits or targets; it needs its own.");
  }
  const wrong = targets.findIndex((target) => !(target <= 1));
  if (wrong >= 0) {
    throw new RangeError(
      `The target of image ${Math.floor(wrong / labels)}, label ${wrong % labels} is ${targets[wrong]}; ` +
        "targets lie between 0 and 1, or are −1 for unknown.",
    );
  }
}

/** Whether the arrays share memory. */
export function overlap(a: Float32Array, b: Float32Array): boolean {
  const isBefore = (one: Float32Array, other: Float32Array) =>
    one.byteOffset + one.byteLength <= other.byteOffset;
  return a.buffer === b.buffer && !isBefore(a, b) && !isBefore(b, a);
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
