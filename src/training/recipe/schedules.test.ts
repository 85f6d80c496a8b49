import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { schedules } from "./schedules.js";

interface Golden {
  schedules: { name: keyof typeof schedules; steps: number; warmup: number; rates: number[] }[];
}
const golden: Golden = JSON.parse(await readFile("test/golden/training.json", "utf8"));

for (const { name, steps, warmup, rates } of golden.schedules) {
  test(`${name} over ${steps} steps with ${warmup} of warm-up is PyTorch's`, () => {
    const rate = schedules[name]({ learningRate: 0.3, steps, warmup });
    for (let step = 0; step < steps; step++) {
      assert.ok(
        Math.abs(rate(step) - rates[step]) < 1e-12,
        `step ${step}: ${rate(step)}, not ${rates[step]}`,
      );
    }
  });
}

test("a one-cycle without warm-up, or with a step of it, starts at the top and only falls", () => {
  for (const warmup of [0, 1]) {
    const rate = schedules.onecycle({ learningRate: 1, steps: 5, warmup });
    const rates = Array.from({ length: 5 }, (_, step) => rate(step));
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => b - a),
    );
    assert.ok(rates[0] > 0.8 && rates[0] <= 1);
  }
});
