// The bootstrap, against binomial theory, and of rankings, which resamples flatter.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../base/random.js";
import { bootstrap, type Metric, meanAveragePrecision, subsetAccuracy } from "./index.js";

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

test("the interval of a ranking holds the value, which resamples flatter", () => {
  const stream = random(1, "rare");
  const shape = { images: 200, labels: 50 };
  const targets = Float32Array.from({ length: 10_000 }, () => Number(stream.uniform() < 0.03));
  const scores = targets.map((target) => stream.normal() + target);
  const { value, low, high } = bootstrap(meanAveragePrecision, scores, targets, { ...shape, resamples: 200 });
  assert.ok(low !== null && value !== null && high !== null && low < value && value < high);
  // Of the resamples themselves even the lowest is above it.
  const image = (i: number) => Math.floor(random(2, "again", i).uniform() * 200);
  const drawn = Array.from({ length: 200 }, (_, i) => image(i));
  const of = (values: Float32Array) =>
    Float32Array.from(drawn.flatMap((i) => [...values.subarray(i * 50, (i + 1) * 50)]));
  assert.ok((meanAveragePrecision(of(scores), of(targets), shape) ?? 0) > high);
});

test("an interval of shares does not leave [0, 1], one of other figures may", () => {
  const scores = Float32Array.from({ length: 20 }, (_, i) => i);
  const shape = { images: 20, labels: 1 };
  // All images differ, and of a resample about two thirds do.
  const distinct =
    (most: number): Metric =>
    (drawn) =>
      (most * new Set(Array.from(drawn)).size) / drawn.length;
  const ends = (most: number) => bootstrap(distinct(most), scores, new Float32Array(20), shape);
  const { value, low, high } = ends(1);
  assert.deepEqual([value, high], [1, 1]);
  assert.ok(low !== null && low < 0.95);
  assert.ok((ends(100).high ?? 0) > 101);
});

test("the seed decides, and nothing else", () => {
  const { scores, targets, shape } = data(50, 3, 2);
  const of = (seed: number) =>
    bootstrap(meanAveragePrecision, scores, targets, { ...shape, resamples: 50, seed });
  assert.deepEqual(of(1), of(1));
  assert.notDeepEqual(of(1), of(2));
  const { value, low, high } = of(1);
  assert.ok(low !== null && value !== null && high !== null && low < value && value < high);
});

test("what is undefined has no interval", () => {
  const found = bootstrap(meanAveragePrecision, [1, 2], [0, -1], { images: 2, labels: 1 });
  assert.deepEqual(found, { value: null, low: null, high: null });
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
