// Taps: which inputs an output of a filter is summed of, and with which weights.
import type { Filter } from "./filters.js";

/** For each output position along one axis: where its inputs start, and their weights. */
export interface Taps {
  /** The inputs of all outputs: from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
  /** For each output, its first input, counted from `first`. */
  readonly starts: Uint32Array;
  /** Twice as many inputs has an output; those that are too many weigh 0. */
  readonly pairs: number;
  /** [outputs, pairs, 2, 2]: of each pair's weights the upper halves, and then the lower ones. */
  readonly weights: Int16Array;
}

/** A weight of 1, in fixed point: 8 bits of value and one of headroom fit a signed 32-bit sum beside it. */
const ONE = 2 ** 22;
/** A weight is its upper half times this and its lower half. */
const LOWER = 2 ** 11;

/**
 * The weights of outputs `first` … `first + n − 1` of an axis on which [offset, offset + length) of a source
 * of `limit` pixels is scaled to `size`. With s = length / size and r = max(s, 1), output i is centred on
 * c = offset + (i + ½) s, and source pixel j has the filter's weight at (j + ½ − c) / r, the weights of one
 * output scaled to a sum of 1. (PIL, `Resample.c`: filters as wide as the step.)
 *
 * @param n 1 or more
 * @param backward whether the last output comes first
 */
export function taps(
  limit: number,
  { offset, length, size }: { offset: number; length: number; size: number },
  { first, n, backward }: { first: number; n: number; backward: boolean },
  { support, weight: weightAt }: Filter,
): Taps {
  const step = length / size;
  const stretch = Math.max(step, 1);
  const reach = support * stretch;
  const low = Math.max(0, Math.floor(offset));
  const high = Math.min(limit, Math.ceil(offset + length));
  // So many pixels are nearer to a place than `reach`.
  const pairs = Math.ceil(reach);
  const starts = new Uint32Array(n);
  const weights = new Int16Array(4 * pairs * n);
  const exact = new Float64Array(2 * pairs + 2);
  let end = 0;
  for (let i = 0; i < n; i++) {
    const center = offset + (first + i + 0.5) * step;
    const from = Math.max(low, Math.trunc(center - reach + 0.5));
    const to = Math.min(high, Math.trunc(center + reach + 0.5));
    let sum = 0;
    for (let j = from; j < to; j++) {
      exact[j - from] = weightAt((j + 0.5 - center) / stretch);
      sum += exact[j - from];
    }
    // Halves go away from zero, as in PIL.
    const fixed = (j: number) =>
      Math.trunc((exact[j - from] / sum) * ONE + (exact[j - from] < 0 ? -0.5 : 0.5));
    let start = from;
    while (start < to - 1 && fixed(start) === 0) start++;
    end = to;
    while (end > start + 1 && fixed(end - 1) === 0) end--;
    const output = backward ? n - 1 - i : i;
    starts[output] = start;
    for (let j = start; j < end; j++) {
      const pair = 4 * (output * pairs + ((j - start) >> 1)) + ((j - start) & 1);
      const weight = fixed(j);
      const upper = Math.floor(weight / LOWER);
      weights[pair] = upper;
      weights[pair + 2] = weight - upper * LOWER;
    }
  }
  const least = starts[backward ? n - 1 : 0];
  return { first: least, end, starts: starts.map((start) => start - least), pairs, weights };
}
