import assert from "node:assert/strict";
import { test } from "node:test";
import { unmeasured } from "../../bundle/manifest.js";
import { hasStalled, isBetter } from "./early-stopping.js";

const measured = (mAP: number | null, loss: number) => ({ ...unmeasured, mAP, loss });

test("the higher mAP is better, and the lower loss where mAP is the same or is none", () => {
  assert.ok(isBetter(measured(0.1, 9), undefined));
  assert.ok(isBetter(measured(0.6, 9), measured(0.5, 1)));
  assert.ok(!isBetter(measured(0.5, 1), measured(0.6, 9)));
  assert.ok(isBetter(measured(1, 0.1), measured(1, 0.2)));
  assert.ok(!isBetter(measured(1, 0.2), measured(1, 0.2)));
  assert.ok(isBetter(measured(null, 0.1), measured(null, 0.2)));
});

test("a run has stalled after so many epochs without a better one, and never before all learns", () => {
  const stalled = (best: number, done: number, from = 1) =>
    hasStalled({ epoch: best }, { patience: 3, done, from });
  assert.deepEqual([stalled(4, 6), stalled(4, 7), stalled(4, 8)], [false, true, true]);
  // All learns from epoch 10 on: epochs 10, 11 and 12 are waited for.
  assert.deepEqual([stalled(4, 9, 10), stalled(4, 11, 10), stalled(4, 12, 10)], [false, false, true]);
  assert.ok(!hasStalled({ epoch: 1 }, { patience: undefined, done: 99, from: 1 }));
  assert.ok(!hasStalled(undefined, { patience: 1, done: 99, from: 1 }));
});
