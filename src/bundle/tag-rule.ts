// Tag rule: which labels of an image count as its tags. Runs in browsers too.
import { nearestFirst } from "../base/nearest.js";

/** Which labels become tags, for one call of `predict`. */
export interface TagOptions {
  /**
   * Replaces the bundle's thresholds, each 0 … 1: one number for all labels, one for each in the bundle's order, or some by
   * label.
   */
  readonly thresholds?: number | readonly number[] | Readonly<Record<string, number>>;
  /** The K most probable labels, from 1 up; they need not reach the bundle's thresholds, but those given here. */
  readonly topK?: number;
}

/** Which labels of an image become its tags. */
export interface TagRule {
  /** One a label: at or above it, an image has the label. */
  readonly thresholds: readonly number[];
  readonly topK?: number;
}

/**
 * The rule for one call.
 * @param thresholds the bundle's
 * @throws RangeError for a threshold outside 0 … 1, a label that the bundle doesn't have, or a `topK` below 1
 */
export function tagRule(
  labels: readonly string[],
  thresholds: readonly number[],
  options: TagOptions = {},
): TagRule {
  const { thresholds: given, topK } = options;
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1)) {
    throw new RangeError(`topK is ${topK}; give a whole number from 1 up.`);
  }
  if (given === undefined) return { thresholds: topK === undefined ? thresholds : labels.map(() => 0), topK };
  const chosen = chosenThresholds(labels, thresholds, given);
  for (const [i, threshold] of chosen.entries()) {
    if (threshold >= 0 && threshold <= 1) continue;
    throw new RangeError(`The threshold of "${labels[i]}" is ${threshold}; give a number from 0 to 1.`);
  }
  return { thresholds: chosen, topK };
}

function chosenThresholds(
  labels: readonly string[],
  usual: readonly number[],
  given: NonNullable<TagOptions["thresholds"]>,
): readonly number[] {
  if (typeof given === "number") return labels.map(() => given);
  if (isList(given)) {
    if (given.length === labels.length) return given;
    throw new RangeError(
      `There are ${given.length} thresholds for ${labels.length} labels; give one for each.`,
    );
  }
  for (const label of Object.keys(given)) {
    if (labels.includes(label)) continue;
    const [similar] = nearestFirst(label, labels);
    throw new RangeError(
      `The bundle has no label "${label}"${similar === undefined ? "" : `; do you mean "${similar}"?`}`,
    );
  }
  return labels.map((label, i) => (Object.hasOwn(given, label) ? given[label] : usual[i]));
}

function isList(given: object): given is readonly number[] {
  return Array.isArray(given);
}
