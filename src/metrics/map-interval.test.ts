// Against the bootstrap that it stands for, and the bound that it keeps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../base/random.js";
import { bootstrapAveragePrecision, mAPInterval } from "./index.js";

function drawn(images: number, labels: number) {
  const stream = random(1, "mAP interval");
  const scores = Float32Array.from({ length: images * labels }, () => stream.uniform());
  return {
    scores,
    targets: scores.map((score) => Number(stream.uniform() < score)),
    shape: { images, labels },
  };
}

test("it is the bootstrap's, with as many resamples as take a second", () => {
  for (const [images, labels, resamples] of [
    [50, 3, 1000],
    [20_000, 20, 250],
  ]) {
    const { scores, targets, shape } = drawn(images, labels);
    const { low, high } = bootstrapAveragePrecision(scores, targets, { ...shape, resamples }).mAP;
    assert.deepEqual(mAPInterval(scores, targets, shape), { low, high });
  }
});

test("there is none of what is not defined, nor of a set that would take long", () => {
  assert.equal(mAPInterval(Float32Array.of(1), Float32Array.of(0), { images: 1, labels: 1 }), null);
  assert.equal(mAPInterval(new Float32Array(), new Float32Array(), { images: 0, labels: 1 }), null);
  const { scores, targets, shape } = drawn(6000, 100);
  assert.equal(mAPInterval(scores, targets, shape), null);
});
