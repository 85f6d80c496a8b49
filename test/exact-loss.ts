// The loss of one element in float64, written another way than the product's, and the measure of a distance to it.
import { type Random, random } from "../src/base/random.js";

export interface Exact {
  loss: number;
  gradient: number;
}

/**
 * Binary cross-entropy with logits. No float32 logit up to 700 overflows e^x or e^−x in float64, and log1p keeps
 * the digits of either tail, so the textbook's formula can stand as it is: relative errors of 1e-15, 8 orders
 * below float32's. The gradient of a soft target, a difference, is right to 1e-15 of the larger term.
 * Held against 150-digit arithmetic in bce.test.ts.
 */
export function exactBce(x: number, t: number, p = 1): Exact {
  return {
    loss: p * t * Math.log1p(Math.exp(-x)) + (1 - t) * Math.log1p(Math.exp(x)),
    gradient: (1 - t) / (1 + Math.exp(-x)) - (p * t) / (1 + Math.exp(x)),
  };
}

/** The distance in units of the last place that float32 has at `exact`. */
export function ulps(found: number, exact: number): number {
  const unit = 2 ** Math.max(Math.floor(Math.log2(Math.abs(exact))) - 23, -149);
  return Math.abs(found - exact) / unit;
}

/** The least normal number of float32. */
export const LEAST_NORMAL = 2 ** -126;

/** Whether `found` is what we promise: near in ulp; beyond |x| = 80, less than the least normal number will do. */
export function isAccurate(found: number, exact: number, x: number, allowed: number): boolean {
  if (Math.abs(x) > 80 && Math.abs(found - exact) < LEAST_NORMAL) return true;
  return ulps(found, exact) <= allowed;
}

/** Where the usual forms break. */
export const sizes = [0, 1e-8, 0.5, 10, 16.6, 17, 37, 80, 88, 104, 200].map(Math.fround);

export interface Elements {
  logits: Float32Array;
  targets: Float32Array;
}

/**
 * The points above with both signs, then random ones: half of them uniform in ±110, half with sizes from 1e-12 to
 * 110, evenly in their logarithm. Each with the targets 0, 1 and a soft one.
 */
export function elements(randomPoints: number, stream: Random = random(1, "loss")): Elements {
  const x = sizes.flatMap((size) => [size, -size]);
  for (let i = 0; i < randomPoints; i++) {
    const sign = stream.uniform() < 0.5 ? -1 : 1;
    const size = i % 2 === 0 ? 110 * stream.uniform() : 110 * 1e-14 ** stream.uniform();
    x.push(Math.fround(sign * size));
  }
  const soft = [0.5, 0.1, 0.9, 0.999, 1e-6];
  const targets = x.flatMap((_, i) => [0, 1, i < 200 ? soft[i % soft.length] : stream.uniform()]);
  return { logits: Float32Array.from(x.flatMap((v) => [v, v, v])), targets: Float32Array.from(targets) };
}
