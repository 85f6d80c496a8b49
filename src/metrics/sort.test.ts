// The sort, against the engine's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../base/random.js";
import { Sorter } from "./sort.js";

const stream = random(1, "sort");
const draws: Record<string, () => number> = {
  "of all sizes and signs": () => stream.normal() * 10 ** (600 * stream.uniform() - 300),
  "that are float32 probabilities": () => Math.fround(stream.uniform()),
  "of few values, with both zeros and infinities": () =>
    [0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324][stream.integer(7)],
  "that are equal": () => 0.25,
};

for (const Floats of [Float32Array, Float64Array]) {
  for (const [name, draw] of Object.entries(draws)) {
    test(`${Floats.name}: numbers ${name}`, () => {
      const sorter = new Sorter(5000);
      for (const length of [0, 1, 2, 299, 300, 301, 5000]) {
        // A part of a larger array, whose other numbers stay.
        const whole = new Floats(Array.from({ length: length + 2 }, draw));
        const [first, last] = [whole[0], whole[length + 1]];
        const numbers = whole.subarray(1, length + 1);
        const expected = Array.from(numbers).sort((a, b) => a - b);
        const sorted = sorter.sort(numbers);
        assert.equal(sorted.length, length);
        assert.ok(expected.every((value, i) => value === sorted[i]));
        assert.equal(whole[0], first);
        assert.equal(whole[length + 1], last);
      }
    });
  }
}
