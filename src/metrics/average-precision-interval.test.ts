// The intervals, against leaving out each image in earnest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../base/random.js";
import {
  averagePrecision,
  averagePrecisionIntervals,
  averagePrecisions,
  type Interval,
  meanAveragePrecision,
} from "./index.js";
import { studentQuantile } from "./student-t.js";

test("quantiles of Student's distribution are those of its published table", () => {
  for (const [confidence, degrees, quantile] of [
    [0.95, 1, 12.706],
    [0.95, 2, 4.303],
    [0.95, 5, 2.571],
    [0.95, 10, 2.228],
    [0.95, 120, 1.98],
    [0.99, 3, 5.841],
    [0.8, 30, 1.31],
    [0.9, 4, 2.132],
  ]) {
    assert.ok(Math.abs(studentQuantile(confidence, degrees) - quantile) < 6e-4, `${confidence}, ${degrees}`);
  }
  assert.ok(Math.abs(studentQuantile(0.95, 1e9) - 1.95996) < 0.003);
});

/** The formula of the documentation, with every image left out in earnest. */
function plain(metric: (images: readonly number[]) => number | null, images: number, positives: number) {
  const all = Array.from({ length: images }, (_, image) => image);
  const value = metric(all) ?? Number.NaN;
  const without = all
    .map((left) => metric(all.filter((image) => image !== left)))
    .filter((one) => one !== null);
  const mean = without.reduce((sum, one) => sum + one, 0) / without.length;
  const squares = without.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const deviation = Math.sqrt(((without.length - 1) / without.length) * squares);
  const reach = (studentQuantile(0.95, positives - 1) * deviation) / (value * (1 - value));
  const share = (logit: number) => 1 / (1 + Math.exp(-logit));
  const middle = Math.log(value / (1 - value));
  return { value, low: share(middle - reach), high: share(middle + reach) };
}

function near(found: Interval, wanted: Interval) {
  for (const key of ["value", "low", "high"] as const) {
    assert.ok(
      Math.abs((found[key] ?? Number.NaN) - (wanted[key] ?? Number.NaN)) < 1e-12,
      JSON.stringify([found, wanted]),
    );
  }
}

test("what each image contributes is what leaving it out shows, with ties, unknown targets and a label on one image", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const [images, labels] = [30, 4];
    const stream = random(seed, "interval test");
    const targets = Float32Array.from({ length: images * labels }, () =>
      stream.uniform() < 0.1 ? -1 : Number(stream.uniform() < 0.3),
    );
    for (let image = 0; image < images; image++) targets[image * labels + 2] = Number(image === 7);
    // To one digit, so that many scores are equal.
    const scores = Float32Array.from(targets, (t) => Math.round(3 * (stream.normal() + t)) / 10);
    const of = (values: Float32Array, some: readonly number[]) =>
      Float32Array.from(some.flatMap((image) => [...values.subarray(image * labels, (image + 1) * labels)]));
    const found = averagePrecisionIntervals(scores, targets, { images, labels });
    const rows = Array.from({ length: images }, (_, i) => targets.subarray(i * labels, (i + 1) * labels));
    const withLabel = rows.filter((row) => row.includes(1)).length;
    const mean = (some: readonly number[]) =>
      meanAveragePrecision(of(scores, some), of(targets, some), { images: some.length, labels });
    near(found.mAP, plain(mean, images, withLabel));
    for (const label of [0, 1, 3]) {
      const one = (some: readonly number[]) =>
        averagePrecisions(of(scores, some), of(targets, some), { images: some.length, labels })[label];
      near(found.labels[label], plain(one, images, rows.filter((row) => row[label] === 1).length));
    }
    const { value, low, high } = found.labels[2];
    assert.deepEqual([typeof value, low, high], ["number", null, null]);
  }
});

test("without an interval is what is undefined, perfect, or decided by a single image", () => {
  const none = { value: null, low: null, high: null };
  const undefinedOne = averagePrecisionIntervals([1, 2], [0, -1], { images: 2, labels: 1 });
  assert.deepEqual([undefinedOne.mAP, undefinedOne.labels[0]], [none, none]);
  const perfect = averagePrecisionIntervals([3, 2, 1], [1, 1, 0], { images: 3, labels: 1 });
  assert.deepEqual(perfect.mAP, { value: 1, low: null, high: null });
  const single = averagePrecisionIntervals([3, 2, 1], [0, 1, 0], { images: 3, labels: 1 });
  assert.deepEqual(single.mAP, { value: 0.5, low: null, high: null });
  assert.deepEqual(averagePrecisionIntervals([], [], { images: 0, labels: 1 }).mAP, none);
});

test("more confidence is a wider interval, and one outside (0, 1) is refused", () => {
  const scores = [9, 8, 7, 6, 5, 4, 3, 2];
  const targets = [1, 0, 1, 0, 0, 1, 0, 0];
  const of = (confidence?: number) =>
    averagePrecisionIntervals(scores, targets, { images: 8, labels: 1, confidence }).mAP;
  const [narrow, usual] = [of(0.5), of()];
  assert.equal(usual.value, averagePrecision(scores, targets));
  assert.deepEqual(usual, of(0.95));
  assert.ok((usual.low ?? 1) < (narrow.low ?? 0) && (narrow.high ?? 1) < (usual.high ?? 0));
  assert.throws(() => of(95), /RangeError: confidence is 95; it must be between 0 and 1/);
});
