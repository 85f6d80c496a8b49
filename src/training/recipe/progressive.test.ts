// Outside truth: algorithm 1 of Tan and Le 2021, S₀ + (Sₑ − S₀)·i / (M − 1), to the nearest multiple of 32.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sizesByEpoch } from "./progressive.js";

test("sizes rise evenly in equal parts of the run", () => {
  assert.deepEqual(
    sizesByEpoch({ epochs: 12, size: 224, progressive: 128 }),
    [128, 128, 128, 160, 160, 160, 192, 192, 192, 224, 224, 224],
  );
  const wanted = [0, 1, 2, 3].map((i) => 96 + ((300 - 96) * i) / 3);
  const found = [...new Set(sizesByEpoch({ epochs: 20, size: 300, progressive: 96 }))];
  for (const [i, size] of found.entries()) assert.ok(Math.abs(size - wanted[i]) <= 16);
  assert.deepEqual([found[0], found[3]], [96, 300]);
});

test("there are fewer where epochs or sizes are few, and the last is always the run's", () => {
  assert.deepEqual(sizesByEpoch({ epochs: 3, size: 224 }), [224, 224, 224]);
  assert.deepEqual(sizesByEpoch({ epochs: 3, size: 224, progressive: 96 }), [96, 160, 224]);
  assert.deepEqual(sizesByEpoch({ epochs: 5, size: 64, progressive: 48 }), [48, 48, 48, 64, 64]);
  assert.deepEqual(sizesByEpoch({ epochs: 0, size: 224, progressive: 96 }), []);
  for (let size = 32; size < 300; size += 7) {
    for (let progressive = 16; progressive < size; progressive++) {
      const sizes = sizesByEpoch({ epochs: 4, size, progressive });
      const steps = [...new Set(sizes)];
      assert.deepEqual([sizes[0], sizes[3]], [progressive, size]);
      assert.ok(steps.every((step, i) => i === 0 || step > steps[i - 1]));
    }
  }
});
