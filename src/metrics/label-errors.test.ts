// Outside truth: the confident joint of Northcutt, Jiang and Chuang 2021 (equations 1 and 2), by hand and written anew
// as the paper writes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../base/random.js";
import { type SuspectedError, suspectedLabelErrors } from "./index.js";

const places = (suspects: readonly SuspectedError[]) => suspects.map(({ image, label }) => [image, label]);

test("by hand: what a tagger contradicts beyond its usual confidence, the furthest beyond first", () => {
  // t₁ = (0.9 + 0.8 + 0.1) / 3 = 0.6, t₀ = (0.9 + 0.8 + 0.3 + 0.2) / 4 = 0.55.
  const probabilities = [0.9, 0.8, 0.1, 0.1, 0.2, 0.7, 0.8, 0.99];
  const targets = [1, 1, 1, 0, 0, 0, 0, -1];
  const { missing, wrong } = suspectedLabelErrors(probabilities, targets, { images: 8, labels: 1 });
  assert.equal(missing.count, 2);
  assert.deepEqual(places(missing.suspects), [
    [6, 0],
    [5, 0],
  ]);
  assert.equal(missing.suspects[0].probability, 0.8);
  assert(Math.abs(missing.suspects[0].excess - 0.2) < 1e-12);
  assert.deepEqual(places(wrong.suspects), [[2, 0]]);
  assert(Math.abs(wrong.suspects[0].excess - 0.35) < 1e-12);
});

test("a label without a positive, or without a negative, has no suspects", () => {
  const probabilities = [0.9, 0.1, 0.2, 0.8];
  const { missing, wrong } = suspectedLabelErrors(probabilities, [0, 1, 0, 1], { images: 2, labels: 2 });
  assert.deepEqual([missing.count, wrong.count], [0, 0]);
  assert.throws(() => suspectedLabelErrors([2, 1], [0, 1], { images: 2, labels: 1 }), /Is it a logit/);
});

test("the counts are the paper's off-diagonal, and a limit keeps the first", () => {
  const stream = random(2, "suspects");
  const [images, labels] = [300, 4];
  const probabilities = Float64Array.from({ length: images * labels }, () => stream.integer(100) / 99);
  const targets = probabilities.map((p) => (stream.uniform() < 0.05 ? -1 : Number(stream.uniform() < p)));
  const found = suspectedLabelErrors(probabilities, targets, { images, labels, most: Infinity });
  const counts = [0, 0];
  for (let label = 0; label < labels; label++) {
    const known = Array.from({ length: images }, (_, i) => i * labels + label).filter((i) => targets[i] >= 0);
    const confidence = (i: number, k: number) => (k === 1 ? probabilities[i] : 1 - probabilities[i]);
    const threshold = [0, 1].map((k) => {
      const given = known.filter((i) => targets[i] === k);
      return given.reduce((sum, i) => sum + confidence(i, k), 0) / given.length;
    });
    for (const i of known) {
      const able = [0, 1].filter((k) => confidence(i, k) >= threshold[k]);
      const guess = able.sort((a, b) => confidence(i, b) - confidence(i, a))[0];
      if (guess !== undefined && guess !== targets[i]) counts[targets[i]]++;
    }
  }
  assert.deepEqual([found.missing.count, found.wrong.count], counts);
  for (const kind of ["missing", "wrong"] as const) {
    const { suspects } = found[kind];
    assert.equal(suspects.length, found[kind].count);
    const excesses = suspects.map(({ excess }) => excess);
    assert.deepEqual(
      excesses,
      [...excesses].sort((a, b) => b - a),
    );
    assert(excesses.every((excess) => excess >= 0));
    const few = suspectedLabelErrors(probabilities, targets, { images, labels, most: 5 });
    assert.deepEqual(few[kind], { count: found[kind].count, suspects: suspects.slice(0, 5) });
  }
});
