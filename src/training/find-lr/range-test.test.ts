// Outside truth: gradient descent on a quadratic with curvatures h converges up to the rate 2 / max h, and diverges
// above it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Divergence, type LrTrial, risingRates, suggestRate } from "./range-test.js";

/** Trials of gradient descent on ½·Σ h·w² from w = 1. */
function descend(
  curvatures: readonly number[],
  rates: readonly number[],
): { trials: LrTrial[]; diverged: boolean } {
  const weights = curvatures.map(() => 1);
  const divergence = new Divergence();
  const trials: LrTrial[] = [];
  for (const rate of rates) {
    const loss = weights.reduce((sum, w, i) => sum + 0.5 * curvatures[i] * w * w, 1);
    trials.push({ rate, loss });
    if (divergence.add(loss)) return { trials, diverged: true };
    weights.forEach((w, i) => {
      weights[i] = w * (1 - rate * curvatures[i]);
    });
  }
  return { trials, diverged: false };
}

test("rates rise by the same factor from the first to the last", () => {
  const rates = risingRates(1e-3, 10, 5);
  [1e-3, 1e-2, 1e-1, 1, 10].forEach((wanted, i) => {
    assert.ok(Math.abs(rates[i] / wanted - 1) < 1e-12);
  });
});

test("the loss is lowest where gradient descent stops converging, and a rate that converges is suggested", () => {
  for (const sharpest of [4, 400]) {
    const { trials, diverged } = descend(
      [sharpest, sharpest / 3, sharpest / 10],
      risingRates(1e-6, 100, 120),
    );
    assert.ok(diverged && trials.length < 120);
    const found = suggestRate(trials);
    assert.ok(found);
    const limit = 2 / sharpest;
    // What has converged takes some steps to show that it no longer does.
    assert.ok(found.lowest > limit / 2 && found.lowest < limit * 4, `${found.lowest}, not about ${limit}`);
    assert.ok(found.suggestion < limit && found.suggestion > limit / 100, `${found.suggestion}`);
  }
});

test("a loss that does not fall suggests nothing", () => {
  const flat = risingRates(1e-9, 1e-7, 50).map((rate) => ({ rate, loss: 1 }));
  assert.equal(suggestRate(flat), undefined);
  assert.equal(suggestRate([]), undefined);
  // From a rate on that is too high from the first.
  assert.equal(suggestRate(descend([4], risingRates(2, 100, 20)).trials), undefined);
});

test("no number is divergence at once, and a single bad batch is none", () => {
  const divergence = new Divergence();
  assert.deepEqual(
    [1, 1, 1, 1, 1, 1, 9, 1].map((loss) => divergence.add(loss)),
    [false, false, false, false, false, false, false, false],
  );
  assert.ok(divergence.add(Number.NaN));
});
