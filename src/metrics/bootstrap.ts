// Bootstrap: how far a metric might have come out otherwise, had other images of the same kind been at hand.
import { random } from "../base/random.js";
import { checkConfidence, type Interval } from "./interval.js";
import { checkScores, type MetricShape } from "./targets.js";

export interface BootstrapOptions extends MetricShape {
  /** How often the images are drawn anew. Default 1000. */
  resamples?: number;
  /** The share of the resamples that the interval spans, in (0, 1). Default 0.95. */
  confidence?: number;
  /** Equal seeds draw equal images. Default 1. */
  seed?: number;
}

/** A metric of scores and targets that are row-major [images, labels]. */
export type Metric = (
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
) => number | null;

/**
 * Any metric, and an interval for what sets of as many such images give on average (Efron 1979): as many images as there
 * are, drawn with replacement, over and over; the interval leaves out the same share of the values at either end.
 * Resamples in which the metric is undefined are left out.
 *
 * An image that is drawn twice flatters a ranking, so the resamples of one lie about value + bias, where
 * bias = mean of the resamples − value (Efron and Tibshirani 1993, chapter 10). The interval is theirs, about the value:
 *
 *     [q₁ − bias, q₂ − bias],  q₁ and q₂ the resamples' quantiles; not out of [0, 1] if the metric is within it.
 *
 * For (mean) average precision, `averagePrecisionIntervals` is faster and holds more often.
 *
 * @throws RangeError for arrays of other sizes, or options outside their range
 */
export function bootstrap(
  metric: Metric,
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: BootstrapOptions,
): Interval {
  checkScores(scores, targets, options);
  const { images, labels } = options;
  const drawnScores = new Float64Array(scores.length);
  const drawnTargets = new Float64Array(targets.length);
  const values: (number | null)[] = [];
  for (const drawn of resamples(options)) {
    let i = 0;
    for (const image of drawn) {
      for (let from = image * labels; from < (image + 1) * labels; from++, i++) {
        drawnScores[i] = scores[from];
        drawnTargets[i] = targets[from];
      }
    }
    values.push(metric(drawnScores, drawnTargets, { images, labels }));
  }
  return interval(metric(scores, targets, { images, labels }), values, options);
}

/** The images of each resample; the array is used again for the next. */
function* resamples({ images, resamples = 1000, seed = 1 }: BootstrapOptions): Generator<Uint32Array, void> {
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new RangeError(`resamples is ${resamples}; it must be a whole number, 1 or more.`);
  }
  const drawn = new Uint32Array(images);
  for (let resample = 0; resample < resamples; resample++) {
    const stream = random(seed, "bootstrap", resample);
    for (let i = 0; i < images; i++) drawn[i] = stream.integer(images);
    yield drawn;
  }
}

function interval(
  value: number | null,
  values: readonly (number | null)[],
  { confidence = 0.95 }: BootstrapOptions,
): Interval {
  checkConfidence(confidence);
  const sorted = Float64Array.from(values.filter((one) => one !== null)).sort();
  if (value === null || sorted.length === 0) return { value: null, low: null, high: null };
  const bias = sorted.reduce((sum, one) => sum + (one - value), 0) / sorted.length;
  const isShare = [value, sorted[0], sorted[sorted.length - 1]].every((one) => one >= 0 && one <= 1);
  const end = (share: number) => {
    const moved = quantile(sorted, share) - bias;
    return isShare ? Math.min(1, Math.max(0, moved)) : moved;
  };
  const tail = (1 - confidence) / 2;
  return { value, low: Math.min(value, end(tail)), high: Math.max(value, end(1 - tail)) };
}

/** Linear between the sorted values, as NumPy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
