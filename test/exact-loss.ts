// Losses of one element in float64, written another way than the product's, and the measure of a distance to it.
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

export interface ExactShape {
  gammaPositive: number;
  gammaNegative: number;
  margin: number;
}

/**
 * The asymmetric loss, and with equal γ and no margin the focal one. Of σ and 1 − σ, each from its own exponential,
 * neither is a difference. Held against 150-digit arithmetic in asymmetric.test.ts.
 */
export function exactAsymmetric(x: number, t: number, p: number, shape: ExactShape): Exact {
  const { gammaPositive, gammaNegative, margin } = shape;
  const yes = 1 / (1 + Math.exp(-x));
  const no = 1 / (1 + Math.exp(x));
  const lowered = yes > margin ? yes - margin : 0;
  const costOfNo =
    margin === 0 ? Math.log1p(Math.exp(x)) : lowered > 0.9 ? -Math.log(no + margin) : -Math.log1p(-lowered);
  const entropy = p * t * Math.log1p(Math.exp(-x)) + (1 - t) * costOfNo;
  const wrong = t * no + (1 - t) * lowered;
  if (wrong === 0) return { loss: 0, gradient: 0 };
  const gamma = gammaPositive * t + gammaNegative * (1 - t);
  const weight = Math.exp(gamma * Math.log(wrong));
  // d/dx of the entropy and of `wrong`, by way of σ' = σ·(1 − σ).
  const fall = lowered === 0 ? 0 : margin === 0 ? yes : (yes * no) / (no + margin);
  const entropySlope = (1 - t) * fall - p * t * no;
  const wrongSlope = yes * no * ((lowered > 0 ? 1 - t : 0) - t);
  const weightSlope = (gamma * weight * wrongSlope) / wrong;
  return { loss: entropy * weight, gradient: entropySlope * weight + entropy * weightSlope };
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
