// The symmetric Beta distribution: a random share of two things, as mixup and cutmix draw it.
import type { Random } from "./random.js";

/**
 * A number in [0, 1] from Beta(α, α), α > 0: near 0 or 1 for small α, uniform for 1, near ½ for large α. It is
 * G / (G + G′) of two Gamma(α) variates, of which only logarithms are taken, so that none vanishes.
 */
export function symmetricBeta(alpha: number, stream: Random): number {
  const first = logGamma(alpha, stream);
  return 1 / (1 + Math.exp(logGamma(alpha, stream) - first));
}

/**
 * The logarithm of a Gamma(α) variate of scale 1. Marsaglia and Tsang 2000, "A Simple Method for Generating Gamma
 * Variables": of one for α + 1 (section 6), times U^(1/α).
 */
function logGamma(alpha: number, stream: Random): number {
  const d = alpha + 1 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  while (true) {
    const x = stream.normal();
    const v = (1 + c * x) ** 3;
    // Of (0, 1]: its logarithm is finite.
    const u = 1 - stream.uniform();
    if (v > 0 && Math.log(u) < x ** 2 / 2 + d - d * v + d * Math.log(v)) {
      return Math.log(d * v) + Math.log(1 - stream.uniform()) / alpha;
    }
  }
}
