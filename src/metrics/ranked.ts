// Ranked: the scores of one label, of one image, or of all, apart by whether the target is there, each list in order.
import { type Floats, Sorter } from "./sort.js";
import { isKnown, isPositive, type MetricShape } from "./targets.js";

/** Known scores, ascending. Valid until the next one is asked for. */
export interface Ranked {
  readonly positives: Floats;
  readonly negatives: Floats;
}

/** Memory for values as exact as these: of float32 there is half as much to move and to sort. */
function floats(kind: ArrayLike<number>, length: number): Floats {
  return kind instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

/** Sorts slices of scores like `kind`, of up to `capacity` elements. */
class Ranker {
  // Two lists of plain numbers are fast to sort; scores that drag their targets along would need a comparator.
  private readonly positives: Floats;
  private readonly negatives: Floats;
  private readonly sorter: Sorter;

  constructor(kind: ArrayLike<number>, capacity: number) {
    this.positives = floats(kind, capacity);
    this.negatives = floats(kind, capacity);
    this.sorter = new Sorter(capacity);
  }

  /** The elements from `start` to `end`. */
  rank(scores: ArrayLike<number>, targets: ArrayLike<number>, start: number, end: number): Ranked {
    let there = 0;
    let absent = 0;
    for (let i = start; i < end; i++) {
      if (!isKnown(targets[i])) continue;
      if (isPositive(targets[i])) this.positives[there++] = scores[i];
      else this.negatives[absent++] = scores[i];
    }
    return {
      positives: this.sorter.sort(this.positives.subarray(0, there)),
      negatives: this.sorter.sort(this.negatives.subarray(0, absent)),
    };
  }
}

/** So many neighbours in a row are one line of the processor's cache, or two. */
const BLOCK = 16;

/** The scores of each label, in the labels' order; scores and targets are row-major [images, labels]. */
export function* rankedLabels(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  { images, labels }: MetricShape,
): Generator<Ranked, void> {
  const ranker = new Ranker(scores, images);
  // A label at a time, each score would fetch a line of the cache for itself.
  const blockScores = floats(scores, BLOCK * images);
  const blockTargets = floats(targets, BLOCK * images);
  for (let first = 0; first < labels; first += BLOCK) {
    const columns = Math.min(BLOCK, labels - first);
    for (let image = 0; image < images; image++) {
      for (let column = 0; column < columns; column++) {
        const i = image * labels + first + column;
        blockScores[column * images + image] = scores[i];
        blockTargets[column * images + image] = targets[i];
      }
    }
    for (let column = 0; column < columns; column++) {
      yield ranker.rank(blockScores, blockTargets, column * images, (column + 1) * images);
    }
  }
}

/** The scores of each image. */
export function* rankedImages(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  { images, labels }: MetricShape,
): Generator<Ranked, void> {
  const ranker = new Ranker(scores, labels);
  for (let image = 0; image < images; image++) {
    yield ranker.rank(scores, targets, image * labels, (image + 1) * labels);
  }
}

/** All scores together. */
export function rankedElements(scores: ArrayLike<number>, targets: ArrayLike<number>): Ranked {
  return new Ranker(scores, scores.length).rank(scores, targets, 0, scores.length);
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

/**
 * The share of pairs (positive, negative) in which the positive's score is higher, an equal one counting half: the
 * area under the receiver operating characteristic. null without a positive or without a negative.
 */
export function rocAucOf({ positives, negatives }: Ranked): number | null {
  const pairs = positives.length * negatives.length;
  if (pairs === 0) return null;
  let ordered = 0;
  let below = 0;
  let upTo = 0;
  for (const positive of positives) {
    while (below < negatives.length && negatives[below] < positive) below++;
    while (upTo < negatives.length && negatives[upTo] <= positive) upTo++;
    ordered += (below + upTo) / 2;
  }
  return ordered / pairs;
}
