// Ranked: the scores of one label, or of one image, apart by whether the target is there, each list in order.
import { isKnown, isPositive } from "./targets.js";

/** Known scores, ascending. Valid until the ranker that made it is used again. */
export interface Ranked {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** Sorts slices of a matrix of scores, of up to `capacity` elements. */
export class Ranker {
  // Two lists of plain numbers sort natively; scores that drag their targets along would need a comparator.
  private readonly positives: Float64Array;
  private readonly negatives: Float64Array;

  constructor(capacity: number) {
    this.positives = new Float64Array(capacity);
    this.negatives = new Float64Array(capacity);
  }

  /** The `count` elements from `start` on, `step` apart. */
  rank(
    scores: ArrayLike<number>,
    targets: ArrayLike<number>,
    start: number,
    step: number,
    count: number,
  ): Ranked {
    let there = 0;
    let absent = 0;
    for (let k = 0, i = start; k < count; k++, i += step) {
      if (!isKnown(targets[i])) continue;
      if (isPositive(targets[i])) this.positives[there++] = scores[i];
      else this.negatives[absent++] = scores[i];
    }
    return {
      positives: this.positives.subarray(0, there).sort(),
      negatives: this.negatives.subarray(0, absent).sort(),
    };
  }
}

/**
 * Σ (Rₙ − Rₙ₋₁)·Pₙ over the distinct scores as thresholds, from the highest on, with recall R and precision P at
 * or above each; equal scores pass together. null without a positive.
 */
export function averagePrecisionOf({ positives, negatives }: Ranked): number | null {
  if (positives.length === 0) return null;
  let sum = 0;
  let i = positives.length;
  let j = negatives.length;
  while (i > 0) {
    const threshold = positives[i - 1];
    const before = i;
    while (i > 0 && positives[i - 1] === threshold) i--;
    while (j > 0 && negatives[j - 1] >= threshold) j--;
    const truePositives = positives.length - i;
    const passed = truePositives + negatives.length - j;
    sum += (before - i) * (truePositives / passed);
  }
  return sum / positives.length;
}

/** How many scores are at or above the lowest positive's; 0 without a positive. */
export function coverageOf({ positives, negatives }: Ranked): number {
  if (positives.length === 0) return 0;
  let j = negatives.length;
  while (j > 0 && negatives[j - 1] >= positives[0]) j--;
  return positives.length + negatives.length - j;
}

/** The share of pairs (positive, negative) in which the negative's score is not below; 0 if there is no pair. */
export function misorderedPairsOf({ positives, negatives }: Ranked): number {
  const pairs = positives.length * negatives.length;
  if (pairs === 0) return 0;
  let misordered = 0;
  let below = 0;
  for (const positive of positives) {
    while (below < negatives.length && negatives[below] < positive) below++;
    misordered += negatives.length - below;
  }
  return misordered / pairs;
}
