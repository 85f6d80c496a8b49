// How often a 95 % interval of mAP holds what it is for: sets drawn from labels whose scores are known distributions.
//   node dist/bench/map-interval.js [SETS]
// Positives score N(distance, 1) and absent ones N(0, 1). What images share moves their labels and scores together: a
// third of the variance of both. Half of the labels have fewer positives than the column says; distances are 0.5 to 3.
import { pathToFileURL } from "node:url";
import { random } from "../src/base/random.js";
import { averagePrecisionIntervals } from "../src/metrics/index.js";

export interface Drawing {
  readonly images: number;
  readonly labels: number;
  /** Of the middle label. */
  readonly positives: number;
}

const SHARED = 1 / 3;

/** Draws one set after another; equal seeds draw equal sets. */
export function* sets({ images, labels, positives }: Drawing, seed = 1) {
  const stream = random(seed, "map interval", images, labels, positives);
  const kinds = Array.from({ length: labels }, () => ({
    share: Math.min(0.6, (positives / images) * Math.exp(0.7 * stream.normal())),
    distance: 0.5 + 2.5 * stream.uniform(),
  }));
  const thresholds = kinds.map(({ share }) => upperQuantile(share));
  const [shared, own] = [Math.sqrt(SHARED), Math.sqrt(1 - SHARED)];
  while (true) {
    const scores = new Float64Array(images * labels);
    const targets = new Float64Array(images * labels);
    for (let image = 0, i = 0; image < images; image++) {
      const [ofLabels, ofScores] = [stream.normal(), stream.normal()];
      for (let label = 0; label < labels; label++, i++) {
        targets[i] = Number(shared * ofLabels + own * stream.normal() > thresholds[label]);
        scores[i] = shared * ofScores + own * stream.normal() + targets[i] * kinds[label].distance;
      }
    }
    yield { scores, targets };
  }
}

/** The x that a standard normal variable exceeds with this probability, by bisection. */
function upperQuantile(share: number): number {
  let [low, high] = [-8, 8];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (exceeds(middle) > share) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X > x) of a standard normal variable: the integral of its density by Simpson's rule, to 1e-9. */
function exceeds(x: number): number {
  const steps = 400;
  const width = x / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((i * width) ** 2) / 2);
  }
  return 0.5 - (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

export interface Coverage {
  /** The mean of all sets' mAP: what the interval is for. */
  readonly mean: number;
  /** The mAP of one set a hundred times as large, or of 200,000 images. */
  readonly large: number;
  readonly width: number;
  /** Shares of all sets: without an interval; and whose interval holds the mean, or is above or below it. */
  readonly none: number;
  readonly holds: number;
  readonly above: number;
  readonly below: number;
}

export function coverage(drawing: Drawing, trials: number): Coverage {
  const found = [];
  for (const { scores, targets } of sets(drawing)) {
    found.push(averagePrecisionIntervals(scores, targets, drawing).mAP);
    if (found.length === trials) break;
  }
  const values = found.flatMap(({ value }) => (value === null ? [] : [value]));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const given = found.flatMap(({ low, high }) => (low === null || high === null ? [] : [{ low, high }]));
  const share = (is: (one: { low: number; high: number }) => boolean) =>
    given.filter(is).length / given.length;
  return {
    mean,
    large: large(drawing),
    width: given.reduce((sum, { low, high }) => sum + high - low, 0) / given.length,
    none: 1 - given.length / trials,
    holds: share(({ low, high }) => low <= mean && mean <= high),
    above: share(({ low }) => low > mean),
    below: share(({ high }) => high < mean),
  };
}

/** The mean mAP of as few sets, each a hundred images for one, as make it steady. */
function large({ images, labels, positives }: Drawing): number {
  // The same labels: the stream that draws them has the drawing's own figures in its name.
  const many = Math.min(100, Math.max(2, Math.floor(4e6 / (images * labels))));
  const scores = new Float64Array(many * images * labels);
  const targets = new Float64Array(many * images * labels);
  let at = 0;
  for (const one of sets({ images, labels, positives })) {
    scores.set(one.scores, at);
    targets.set(one.targets, at);
    at += one.scores.length;
    if (at === scores.length) break;
  }
  return (
    averagePrecisionIntervals(scores, targets, { images: many * images, labels }).mAP.value ?? Number.NaN
  );
}

const drawings: readonly Drawing[] = [
  { images: 100, labels: 1, positives: 5 },
  { images: 100, labels: 1, positives: 20 },
  { images: 1000, labels: 1, positives: 10 },
  { images: 50, labels: 5, positives: 5 },
  { images: 200, labels: 5, positives: 10 },
  { images: 200, labels: 5, positives: 40 },
  { images: 1000, labels: 18, positives: 10 },
  { images: 1000, labels: 18, positives: 50 },
  { images: 200, labels: 50, positives: 10 },
  { images: 200, labels: 100, positives: 2 },
  { images: 499, labels: 260, positives: 3 },
  { images: 499, labels: 260, positives: 10 },
  { images: 2000, labels: 80, positives: 20 },
  { images: 5000, labels: 80, positives: 100 },
];

function main(trials: number): void {
  console.log("| images | labels | positives of a label | held | width | mean mAP | of a large set |");
  console.log("| --: | --: | --: | --: | --: | --: | --: |");
  for (const drawing of drawings) {
    const most = Math.max(
      200,
      Math.min(trials, Math.floor((trials * 5e4) / (drawing.images * drawing.labels))),
    );
    const { holds, width, mean, large } = coverage(drawing, most);
    const figures = [
      `${(100 * holds).toFixed(0)} %`,
      ...[width, mean, large].map((value) => value.toFixed(3)),
    ];
    const { images, labels, positives } = drawing;
    console.log(`| ${[images.toLocaleString("en"), labels, positives, ...figures].join(" | ")} |`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(Number(process.argv[2] ?? 1000));
