// Outside truth: ticks as people would write them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeTicks } from "./whole-ticks.js";

test("ticks are round numbers, and no more than asked for", () => {
  assert.deepEqual(wholeTicks(0, 10), []);
  assert.deepEqual(wholeTicks(1, 10), [1]);
  assert.deepEqual(wholeTicks(10, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(wholeTicks(11, 10), [2, 4, 6, 8, 10]);
  assert.deepEqual(wholeTicks(30, 10), [5, 10, 15, 20, 25, 30]);
  assert.deepEqual(wholeTicks(250, 10), [50, 100, 150, 200, 250]);
  assert.deepEqual(wholeTicks(3780, 4), [1000, 2000, 3000]);
  assert.deepEqual(wholeTicks(1e6, 4), [500_000, 1_000_000]);
});
