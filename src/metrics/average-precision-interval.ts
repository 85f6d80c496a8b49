// Confidence intervals of average precision and of its mean, from what each image contributes to them.
import { checkConfidence, type Interval } from "./interval.js";
import { studentQuantile } from "./student-t.js";
import { checkScores, isKnown, isPositive, type MetricShape } from "./targets.js";

export interface IntervalOptions extends MetricShape {
  /** How often the interval holds the value that it is for, in (0, 1). Default 0.95. */
  confidence?: number;
}

/** A label's average precision, with and without some image. */
interface Leaving {
  /** Null without a positive. */
  value: number | null;
  /** How many images have the label. */
  positives: number;
  /** What it changes by without this image; null if the label is then on no image. */
  change(image: number): number | null;
}

/**
 * The intervals of the mean average precision and of each label's average precision, for what sets of as many such images
 * give on average. Scores and targets are row-major [images, labels]; targets below 0 are unknown.
 *
 * The variance is the jackknife's (Efron and Stein 1981): with θᵢ the metric of all images but the i-th, N of them,
 *
 *     s² = (N − 1)/N · Σ (θᵢ − mean θ)²
 *
 * An image leaves with all its labels, so that what they share is in s. The interval is symmetric on the scale of logits,
 * where it cannot leave (0, 1):
 *
 *     logit θ ± t·s / (θ·(1 − θ)),  t of Student's distribution, one degree fewer than there are images with a label.
 *
 * It always holds θ. Without an interval is what is 0 or 1, and what fewer than two images with a label decide.
 * (bench/map-interval.ts measures how often it holds what it is for; docs/explanation/metrics.md has the table.)
 *
 * @throws RangeError for arrays of other sizes, targets above 1 or NaN, or a confidence outside (0, 1)
 */
export function averagePrecisionIntervals(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: IntervalOptions,
): { mAP: Interval; labels: Interval[] } {
  checkScores(scores, targets, options);
  const { images, labels, confidence = 0.95 } = options;
  checkConfidence(confidence);
  const changes = new Float64Array(images);
  const without = new Float64Array(images);
  const lost = new Uint32Array(images);
  const hasLabel = new Uint8Array(images);
  let sum = 0;
  let defined = 0;
  const ofLabels: Interval[] = [];
  for (let label = 0; label < labels; label++) {
    const { value, positives, change } = leaving(scores, targets, label, options);
    if (value === null) {
      ofLabels.push({ value: null, low: null, high: null });
      continue;
    }
    sum += value;
    defined++;
    for (let image = 0; image < images; image++) {
      const changed = change(image);
      without[image] = changed === null ? Number.NaN : value + changed;
      changes[image] += changed ?? -value;
      if (changed === null) lost[image]++;
      if (isPositive(targets[image * labels + label])) hasLabel[image] = 1;
    }
    ofLabels.push(intervalOf(value, without, positives, confidence));
  }
  if (defined === 0) return { mAP: { value: null, low: null, high: null }, labels: ofLabels };
  // Of a mean over no label NaN remains, which the interval leaves out.
  for (let image = 0; image < images; image++) {
    without[image] = (sum + changes[image]) / (defined - lost[image]);
  }
  const withLabel = hasLabel.reduce((count, has) => count + has, 0);
  return { mAP: intervalOf(sum / defined, without, withLabel, confidence), labels: ofLabels };
}

/** @param without the metric without each image; NaN where it is undefined */
function intervalOf(value: number, without: Float64Array, positives: number, confidence: number): Interval {
  if (positives < 2 || value <= 0 || value >= 1) return { value, low: null, high: null };
  let count = 0;
  let sum = 0;
  for (const one of without) {
    if (Number.isNaN(one)) continue;
    count++;
    sum += one;
  }
  let squares = 0;
  for (const one of without) if (!Number.isNaN(one)) squares += (one - sum / count) ** 2;
  const deviation = Math.sqrt(((count - 1) / count) * squares);
  if (!(deviation > 0)) return { value, low: null, high: null };
  const middle = Math.log(value / (1 - value));
  const reach = (studentQuantile(confidence, positives - 1) * deviation) / (value * (1 - value));
  const share = (logit: number) => 1 / (1 + Math.exp(-logit));
  return { value, low: share(middle - reach), high: share(middle + reach) };
}

/**
 * At the distinct scores of positives as thresholds, highest first, n images pass, k of them positives, d of these with
 * just this score: AP = Σ d·k/n / P. An image that leaves changes n, and k if it is a positive, from its place on; so a sum
 * from each place on is all that is needed.
 */
function leaving(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  label: number,
  { images, labels }: MetricShape,
): Leaving {
  const at = (image: number) => image * labels + label;
  const there: number[] = [];
  for (let image = 0; image < images; image++) {
    if (isPositive(targets[at(image)])) there.push(scores[at(image)]);
  }
  const positives = there.length;
  if (positives === 0) return { value: null, positives, change: () => null };
  const thresholds = Float64Array.from(new Set(there)).sort().reverse();
  /** The highest threshold that a score reaches; thresholds.length if it reaches none. */
  const placeOf = (score: number) => {
    let [low, high] = [0, thresholds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (thresholds[middle] <= score) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const own = new Float64Array(thresholds.length);
  for (const score of there) own[placeOf(score)]++;
  const passing = new Float64Array(thresholds.length + 1);
  const places = new Uint32Array(images);
  for (let image = 0; image < images; image++) {
    const known = isKnown(targets[at(image)]);
    places[image] = known ? placeOf(scores[at(image)]) : thresholds.length;
    passing[places[image]]++;
  }
  // Of each threshold: the precision there, and its change if one absent or one positive fewer passes. The last place
  // is below all thresholds, where nothing changes.
  const precisions = new Float64Array(thresholds.length);
  const ifAbsentLeaves = new Float64Array(thresholds.length + 1);
  const ifPositiveLeaves = new Float64Array(thresholds.length + 1);
  let n = 0;
  let k = 0;
  let sum = 0;
  for (let place = 0; place < thresholds.length; place++) {
    n += passing[place];
    k += own[place];
    precisions[place] = k / n;
    sum += (own[place] * k) / n;
    ifAbsentLeaves[place] = n > 1 ? own[place] * (k / (n - 1) - k / n) : 0;
    ifPositiveLeaves[place] = n > 1 ? own[place] * ((k - 1) / (n - 1) - k / n) : -own[place];
  }
  // The positive that leaves does not count at its own threshold, with the precision that the others then have there.
  const alone = Float64Array.from(own, (d, place) => -(precisions[place] + ifPositiveLeaves[place] / d));
  for (let place = thresholds.length - 1; place >= 0; place--) {
    ifAbsentLeaves[place] += ifAbsentLeaves[place + 1];
    ifPositiveLeaves[place] += ifPositiveLeaves[place + 1];
  }
  const value = sum / positives;
  return {
    value,
    positives,
    change(image) {
      const place = places[image];
      if (!isPositive(targets[at(image)])) return ifAbsentLeaves[place] / positives;
      if (positives === 1) return null;
      return (sum + ifPositiveLeaves[place] + alone[place]) / (positives - 1) - value;
    },
  };
}
