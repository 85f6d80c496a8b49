// Outside truth: the distribution functions of Beta(α, α) that have a closed form, by Kolmogorov and Smirnov's test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { symmetricBeta } from "./beta.js";
import { random } from "./random.js";

const draws = 20_000;

const closed: [number, (x: number) => number][] = [
  [0.5, (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
  [1, (x) => x],
  [2, (x) => x ** 2 * (3 - 2 * x)],
  [3, (x) => x ** 3 * (10 - 15 * x + 6 * x ** 2)],
];

for (const [alpha, distribution] of closed) {
  test(`Beta(${alpha}, ${alpha}) is distributed as its formula says`, () => {
    const stream = random(1, "beta", alpha);
    const sorted = Float64Array.from({ length: draws }, () => symmetricBeta(alpha, stream)).sort();
    const distance = sorted.reduce((most, x, i) => {
      const wanted = distribution(x);
      return Math.max(most, Math.abs(wanted - i / draws), Math.abs(wanted - (i + 1) / draws));
    }, 0);
    // Exceeded by one in a thousand.
    assert.ok(distance * Math.sqrt(draws) < 1.95, `${distance}`);
  });
}

test("its deviation is that of the formula also for tiny and for large α", () => {
  for (const alpha of [0.001, 0.1, 40]) {
    const stream = random(2, "beta", alpha);
    const values = Array.from({ length: draws }, () => symmetricBeta(alpha, stream));
    assert.ok(values.every((x) => x >= 0 && x <= 1));
    const variance = values.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / draws;
    const wanted = 1 / (4 * (2 * alpha + 1));
    assert.ok(Math.abs(variance / wanted - 1) < 0.05, `${alpha}: ${variance}, not ${wanted}`);
  }
});
