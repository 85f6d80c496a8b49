// The bootstrap, against binomial and normal theory, and its fast form against the plain one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../base/random.js";
import {
  averagePrecisions,
  bootstrap,
  bootstrapAveragePrecision,
  type Metric,
  meanAveragePrecision,
  subsetAccuracy,
} from "./index.js";

function data(images: number, labels: number, seed: number) {
  const stream = random(seed, "bootstrap test");
  const targets = Float32Array.from({ length: images * labels }, () =>
    stream.uniform() < 0.1 ? -1 : Number(stream.uniform() < 0.3),
  );
  // To one digit, so that many scores are equal.
  const scores = Float32Array.from(targets, (t) => Math.round(10 * (stream.normal() + t)) / 10);
  return { scores, targets, shape: { images, labels } };
}

test("the interval of a share is the binomial distribution's", () => {
  // Of 400 images 100 are right: a standard deviation of √(p·(1 − p)/n) = 0.02165.
  const targets = Float32Array.from({ length: 400 }, (_, i) => Number(i < 100));
  const scores = new Float32Array(400).fill(1);
  const options = { images: 400, labels: 1, resamples: 4000 };
  for (const [confidence, z] of [
    [0.95, 1.96],
    [0.8, 1.2816],
  ]) {
    const { value, low, high } = bootstrap(subsetAccuracy, scores, targets, { ...options, confidence });
    assert.equal(value, 0.25);
    assert.ok(Math.abs((low ?? 0) - (0.25 - z * 0.02165)) < 0.003, `${low}`);
    assert.ok(Math.abs((high ?? 0) - (0.25 + z * 0.02165)) < 0.003, `${high}`);
  }
});

for (const { labels, share, images } of [
  { labels: 1, share: 0.5, images: 150 },
  // Where bias is as large as the spread: the resamples' plain percentiles hold the truth in one sample of fourteen.
  { labels: 20, share: 0.05, images: 300 },
]) {
  test(`a 90 % interval of ${labels} labels' mean average precision holds the true one in about nine of ten samples`, () => {
    // The truth: average precision where a positive scores N(1, 1) and a negative N(0, 1), of a large sample.
    const of = (seed: number, size: number) => {
      const stream = random(seed, "coverage");
      const targets = Float32Array.from({ length: size }, () => Number(stream.uniform() < share));
      return { targets, scores: Float32Array.from(targets, (t) => stream.normal() + t) };
    };
    const large = of(0, 400_000);
    const truth = averagePrecisions(large.scores, large.targets, { images: 400_000, labels: 1 })[0] ?? 0;
    let holds = 0;
    const trials = 200;
    for (let seed = 1; seed <= trials; seed++) {
      const { scores, targets } = of(seed, images * labels);
      const options = { images, labels, resamples: 200, confidence: 0.9, seed };
      const { low, high } = bootstrapAveragePrecision(scores, targets, options).mAP;
      if ((low ?? 1) <= truth && truth <= (high ?? 0)) holds++;
    }
    // Four standard deviations of a binomial share about 0.9, and the bootstrap's own small bias.
    assert.ok(holds / trials > 0.8 && holds / trials < 0.97, `${holds} of ${trials}`);
  });
}

test("an interval holds the value that it is told with, where correcting its bias would end it below", () => {
  const stream = random(1, "rare");
  const [images, labels] = [200, 100];
  const targets = Float32Array.from({ length: images * labels }, () => Number(stream.uniform() < 0.03));
  const scores = targets.map((target) => stream.normal() + target);
  const { value, low, high } = bootstrapAveragePrecision(scores, targets, { images, labels }).mAP;
  assert.ok(value !== null && low !== null && low < value);
  assert.equal(high, value);
});

test("an interval of shares does not leave [0, 1], one of other figures may", () => {
  const scores = Float32Array.of(9, 8, 7, 6, 5, 4, 3, 2);
  const targets = Float32Array.of(0, 0, 0, 0, 0, 0, 0, 1);
  const shape = { images: 8, labels: 1 };
  const { low, high } = bootstrapAveragePrecision(scores, targets, shape).mAP;
  assert.equal(low, 0);
  assert.ok(high !== null && high < 1);
  const hundredfold: Metric = (s, t, shape) => {
    const value = meanAveragePrecision(s, t, shape);
    return value === null ? null : 100 * value;
  };
  assert.ok((bootstrap(hundredfold, scores, targets, shape).low ?? 0) < 0);
});

test("of average precisions, the fast form gives what the plain one gives", () => {
  const { scores, targets, shape } = data(40, 5, 1);
  // A label that one image has: some resamples have none, and are left out.
  for (let image = 0; image < 40; image++) targets[image * 5 + 2] = Number(image === 7);
  const options = { ...shape, resamples: 100, seed: 3 };
  const fast = bootstrapAveragePrecision(scores, targets, options);
  assert.deepEqual(fast.mAP, bootstrap(meanAveragePrecision, scores, targets, options));
  for (let label = 0; label < 5; label++) {
    const ofLabel: Metric = (s, t, shape) => averagePrecisions(s, t, shape)[label];
    assert.deepEqual(fast.labels[label], bootstrap(ofLabel, scores, targets, options));
  }
});

test("the seed decides, and nothing else", () => {
  const { scores, targets, shape } = data(50, 3, 2);
  const of = (seed: number) =>
    bootstrapAveragePrecision(scores, targets, { ...shape, resamples: 50, seed }).mAP;
  assert.deepEqual(of(1), of(1));
  assert.notDeepEqual(of(1), of(2));
  const { value, low, high } = of(1);
  assert.ok(low !== null && value !== null && high !== null && low < value && value < high);
});

test("what is undefined has no interval", () => {
  const { mAP, labels } = bootstrapAveragePrecision([1, 2], [0, -1], { images: 2, labels: 1 });
  assert.deepEqual([mAP, labels[0]], Array(2).fill({ value: null, low: null, high: null }));
});

test("wrong options are told", () => {
  const ask = (options: object) => bootstrap(() => 1, [1], [1], { images: 1, labels: 1, ...options });
  assert.throws(
    () => ask({ resamples: 0 }),
    /RangeError: resamples is 0; it must be a whole number, 1 or more/,
  );
  assert.throws(() => ask({ confidence: 95 }), /RangeError: confidence is 95; it must be between 0 and 1/);
  assert.throws(() => ask({ labels: 2 }), /1 images of 2 labels need 2/);
});
