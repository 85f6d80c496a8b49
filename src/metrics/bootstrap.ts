// Bootstrap: how far a metric might have come out otherwise, had other images of the same kind been at hand.
import { random } from "../base/random.js";
import { checkScores, isKnown, isPositive, type MetricShape, meanOfDefined } from "./targets.js";

export interface BootstrapOptions extends MetricShape {
  /** How often the images are drawn anew. Default 1000. */
  resamples?: number;
  /** The share of the resamples that the interval spans, in (0, 1). Default 0.95. */
  confidence?: number;
  /** Equal seeds draw equal images. Default 1. */
  seed?: number;
}

/** A metric with its interval; all null where it is undefined. */
export interface Interval {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** A metric of scores and targets that are row-major [images, labels]. */
export type Metric = (
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
) => number | null;

/**
 * The metric and an interval for what a large set of such images would give (Efron 1979): as many images as there are,
 * drawn with replacement, over and over; the interval leaves out the same share of the values at either end. Resamples of
 * which the metric is undefined are left out.
 *
 * Few images flatter a ranking, and images that are drawn twice flatter it once more. By how much, the resamples tell
 * (Efron and Tibshirani 1993, chapter 10): bias = mean of the resamples − value. So the interval is theirs, but about
 * value − bias, where they themselves lie about value + bias:
 *
 *     [q₁ − 2·bias, q₂ − 2·bias],  q₁ and q₂ the resamples' quantiles; not out of [0, 1] if the metric is within it.
 *
 * Where the bias is larger than the spread, as it may be of many rare labels' mean, that would end below the value: then it
 * ends at the value.
 * For (mean) average precision `bootstrapAveragePrecision` is much faster.
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

/** The intervals of every label's average precision, and of their mean, as `bootstrap` gives them. */
export function bootstrapAveragePrecision(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: BootstrapOptions,
): { mAP: Interval; labels: Interval[] } {
  checkScores(scores, targets, options);
  const { images, labels } = options;
  const orders = Array.from({ length: labels }, (_, label) => orderOf(scores, targets, label, options));
  const times = new Uint32Array(images);
  const ofEach: (number | null)[][] = orders.map(() => []);
  const ofMean: (number | null)[] = [];
  for (const drawn of resamples(options)) {
    times.fill(0);
    for (const image of drawn) times[image]++;
    const values = orders.map((order) => averagePrecisionOf(order, times));
    values.forEach((value, label) => {
      ofEach[label].push(value);
    });
    ofMean.push(meanOfDefined(values));
  }
  times.fill(1);
  const values = orders.map((order) => averagePrecisionOf(order, times));
  return {
    mAP: interval(meanOfDefined(values), ofMean, options),
    labels: values.map((value, label) => interval(value, ofEach[label], options)),
  };
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
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence is ${confidence}; it must be between 0 and 1.`);
  }
  const sorted = Float64Array.from(values.filter((one) => one !== null)).sort();
  if (value === null || sorted.length === 0) return { value: null, low: null, high: null };
  const bias = sorted.reduce((sum, one) => sum + (one - value), 0) / sorted.length;
  const isShare = [value, sorted[0], sorted[sorted.length - 1]].every((one) => one >= 0 && one <= 1);
  const end = (share: number) => {
    const moved = quantile(sorted, share) - 2 * bias;
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

/** The images of which a label's target is known, from the highest score to the lowest. */
interface Order {
  images: Uint32Array;
  /** 1 where the image has the label. */
  there: Uint8Array;
  /** 1 at the last of equal scores. */
  last: Uint8Array;
}

function orderOf(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  label: number,
  { images, labels }: MetricShape,
): Order {
  const scoreOf = (image: number) => scores[image * labels + label];
  const targetOf = (image: number) => targets[image * labels + label];
  const order = Uint32Array.from({ length: images }, (_, image) => image)
    .filter((image) => isKnown(targetOf(image)))
    .sort((a, b) => scoreOf(b) - scoreOf(a));
  return {
    images: order,
    there: Uint8Array.from(order, (image) => Number(isPositive(targetOf(image)))),
    last: Uint8Array.from(order, (image, i) =>
      Number(i + 1 === order.length || scoreOf(order[i + 1]) !== scoreOf(image)),
    ),
  };
}

/** The average precision where each image counts so many times. */
function averagePrecisionOf({ images, there, last }: Order, times: Uint32Array): number | null {
  let sum = 0;
  let passed = 0;
  let positives = 0;
  let before = 0;
  for (let i = 0; i < images.length; i++) {
    const count = times[images[i]];
    passed += count;
    positives += count * there[i];
    if (last[i] === 0 || positives === before) continue;
    sum += (positives - before) * (positives / passed);
    before = positives;
  }
  return positives === 0 ? null : sum / positives;
}
