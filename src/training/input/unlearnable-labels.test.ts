// Outside truth: data small enough to be judged by eye.
import assert from "node:assert/strict";
import { test } from "node:test";
import { labelCounts } from "../../metrics/label-counts.js";
import { unlearnable } from "./unlearnable-labels.js";

const set = (labels: string[], ...rows: number[][]) => ({ labels, targets: Float32Array.from(rows.flat()) });

test("soft targets say there from a half on, unknown ones say nothing", () => {
  const targets = Float32Array.from([1, 0.5, 0.4, 0, -1, -1]);
  assert.deepEqual(labelCounts(targets, 3), { positives: [1, 1, 0], negatives: [1, 0, 1] });
});

test("labels that all pictures, or none, bear cannot be learned", () => {
  const labels = ["cat", "dog", "car", "cow"];
  const validation = set(labels, [1, 1, 1, 1]);
  const training = set(labels, [1, 0, 0, -1], [1, 0, 1, -1], [1, -1, -1, -1]);
  assert.deepEqual(unlearnable(training, validation), [
    "No training image has dog or cow, so the model can't learn them.",
    "No training image is labelled as not cat, so the model can't learn it.",
  ]);
});

test("labels without a positive are not measured, and without any the epochs are ranked by their loss", () => {
  const labels = ["a", "b", "c", "d", "e", "f", "g"];
  const training = set(labels, [1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0]);
  const told = (...row: number[]) => unlearnable(training, set(labels, row)).join("\n");
  assert.equal(told(1, 1, 1, 1, 1, 1, 1), "");
  assert.match(
    told(1, 1, 1, 1, 1, 0, -1),
    /^No validation image has f or g: mAP is the mean of the other 5 labels\.$/,
  );
  assert.match(
    told(1, 0, 0, 0, 0, 0, 0),
    /any of 6 labels \(b, c, d, e, f, …\): mAP is that of the other label\.$/,
  );
  assert.match(
    told(0, 0, 0, 0, 0, -1, 0),
    /mAP can't be computed, so the best epoch .* lowest validation loss/,
  );
});
