// Threshold aim: what a threshold is wanted for, and which of those that are possible serves it best.
import type { Ranked } from "./ranked.js";

/**
 * The greatest F1; or of the thresholds that reach a precision the lowest, which has the greatest recall; or of those that
 * reach a recall the highest, which gives the label to the fewest images. With `micro-f1` it is the F1 of all labels'
 * decisions together, and all labels have one threshold.
 */
export type ThresholdAim = "f1" | "micro-f1" | { precision: number } | { recall: number };

/** What comes of thresholds that fall: at first nothing is given, at last everything. */
export interface Outcomes {
  /** Images that are given the label, a count at each threshold. */
  readonly given: Float64Array;
  /** Those of them that have it. */
  readonly right: Float64Array;
}

export interface Aim {
  /** What counts, at each threshold; null where it is undefined. */
  values(outcomes: Outcomes): (number | null)[];
  /** The place of the threshold that serves best. */
  choose(values: readonly (number | null)[]): number;
}

/** Throws a RangeError for another aim than these, and for a precision or recall that is not in (0, 1]. */
export function aimOf(aim: ThresholdAim): Aim {
  if (aim === "f1" || aim === "micro-f1") return f1;
  if (typeof aim !== "object") {
    throw new RangeError(
      `Thresholds cannot be chosen for ${JSON.stringify(aim)}; wanted "f1", "micro-f1", { precision } or { recall }.`,
    );
  }
  const [name, wanted] = "precision" in aim ? ["precision", aim.precision] : ["recall", aim.recall];
  if (!(wanted > 0 && wanted <= 1)) {
    throw new RangeError(`The ${name} to reach is ${wanted}; it must be above 0, and at most 1.`);
  }
  return "precision" in aim ? precisionOf(wanted) : recallOf(wanted);
}

const f1: Aim = {
  values: ({ given, right }) => Array.from(given, (count, i) => (2 * right[i]) / (count + last(right))),
  choose: (values) =>
    values.reduce<number>((best, value, i) => ((value ?? 0) > (values[best] ?? 0) ? i : best), 0),
};

/** Giving nothing violates no precision. */
function precisionOf(wanted: number): Aim {
  return {
    values: ({ given, right }) => Array.from(given, (count, i) => (count === 0 ? null : right[i] / count)),
    choose: (values) =>
      Math.max(
        0,
        values.findLastIndex((value) => value === null || value >= wanted),
      ),
  };
}

function recallOf(wanted: number): Aim {
  return {
    values: ({ right }) => Array.from(right, (count) => count / last(right)),
    choose: (values) => values.findIndex((value) => value !== null && value >= wanted),
  };
}

function last(values: Float64Array): number {
  return values[values.length - 1];
}

/** A label's thresholds that differ in what they give. */
export interface Cuts extends Outcomes {
  /** The scores that occur, falling; threshold i lies below score i − 1 and above score i. */
  readonly scores: Float64Array;
}

export function cutsOf({ positives, negatives }: Ranked): Cuts {
  const total = positives.length + negatives.length;
  const [scores, given, right] = [total, total + 1, total + 1].map((length) => new Float64Array(length));
  let there = positives.length;
  let absent = negatives.length;
  let cut = 0;
  while (there + absent > 0) {
    const score = Math.max(positives[there - 1] ?? -Infinity, negatives[absent - 1] ?? -Infinity);
    while (positives[there - 1] === score) there--;
    while (negatives[absent - 1] === score) absent--;
    scores[cut++] = score;
    right[cut] = positives.length - there;
    given[cut] = total - there - absent;
  }
  return {
    scores: scores.subarray(0, cut),
    given: given.subarray(0, cut + 1),
    right: right.subarray(0, cut + 1),
  };
}

/** The threshold at a cut, halfway between the scores, or between the last one and 0 or 1. */
export function thresholdAt({ scores }: Cuts, cut: number): number {
  return ((scores[cut - 1] ?? 1) + (scores[cut] ?? 0)) / 2;
}
