// Binary cross-entropy with logits: the sigmoid and the cross-entropy as one function, stable in both tails.

import { bceOfMany } from "./bce-kernel.js";
import { addLoss, plain } from "./graph-form.js";
import type { LossKind } from "./kind.js";
import type { Loss, LossBatch, LossOptions, LossResult, Reduction } from "./loss.js";
import { type ElementLoss, reduce } from "./reduction.js";

type Options = LossBatch & LossOptions;

/**
 * Value and gradient of
 *
 *     loss(x, t) = w · (−p·t·log σ(x) − (1 − t)·log(1 − σ(x)))
 *
 * for logits x and targets t in [0, 1], with a label's weight w (`labelWeights`) and its positives' weight p
 * (`positiveWeights`): PyTorch's BCEWithLogitsLoss. With `labelSmoothing` ε, t stands for t·(1 − ε) + ε/2. A
 * target below 0 is unknown: no loss, no gradient, and not counted by `mean`. Computed in double and rounded once: within
 * 1 ulp of float32, in both tails, save where a soft target meets its own sigmoid: there the gradient is within 2⁻⁵² of a
 * true zero. From 65,536 elements on by SIMD: within 4 ulp, save 2⁻⁴⁸ for 2⁻⁵².
 *
 * `logits`, `targets` and the gradient are row-major [images, labels]; so is the loss of `none`.
 *
 * @throws RangeError for arrays of other sizes, targets above 1 or NaN, options out of their range
 */
export function bceWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options & { reduction: "none" },
): LossResult<Float32Array>;
export function bceWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options & { reduction?: Exclude<Reduction, "none"> },
): LossResult<number>;
export function bceWithLogits(logits: Float32Array, targets: Float32Array, options: Options): LossResult;
export function bceWithLogits(logits: Float32Array, targets: Float32Array, options: Options): LossResult {
  return bceOfMany(logits, targets, options) ?? reduce(bceElement, "elements", logits, targets, options);
}

/** Binary cross-entropy with logits as a loss to train with. */
export function bce(options: LossOptions = {}): Loss {
  return {
    name: "bce",
    evaluate: (logits, targets, batch) => bceWithLogits(logits, targets, { ...options, ...batch }),
    build: (builder, logits, targets, labels) =>
      addLoss(builder, logits, targets, labels, plain, "elements", options),
  };
}

export const bceKind: LossKind<"bce", Record<never, never>> = { name: "bce", own: {}, make: bce };

/** The formulas at the foot of this file. */
export const bceElement: ElementLoss = {
  loss(x, t, p) {
    const tail = Math.log1p(Math.exp(-Math.abs(x)));
    return p * t * (Math.max(-x, 0) + tail) + (1 - t) * (Math.max(x, 0) + tail);
  },
  gradient(x, t, p) {
    const z = Math.exp(-Math.abs(x));
    const m = Math.expm1(-Math.abs(x));
    const there = p * t;
    const absent = 1 - t;
    return ((absent - there) * z + (x < 0 ? there : -absent) * m) / (1 + z);
  },
};

/*
 * Derivation
 *
 * A label that is there with probability σ(x) = 1/(1 + e^−x), and of which the target says t, costs
 *
 *     −t·log σ(x) − (1 − t)·log(1 − σ(x)).
 *
 * Since 1 − σ(x) = σ(−x), both terms ask for one function, s(x) = −log σ(x) = log(1 + e^−x):
 *
 *     loss = t·s(x) + (1 − t)·s(−x).
 *
 * s must be computed without σ. In float32 σ(x) is exactly 1 from x = 24·ln 2 = 16.64 on, so the logarithm of
 * 1 − σ(x) is −∞; and below −88, e^−x overflows. Take the larger of the two summands out of the logarithm, as
 * for every log of a sum of exponentials. With c = max(−x, 0),
 *
 *     log(1 + e^−x) = log(e^0 + e^−x) = c + log(e^−c + e^(−x−c)) = max(−x, 0) + log(1 + z),   z = e^−|x|,
 *
 * for one of the two exponents is 0 and the other −|x|. z is in (0, 1] and cannot overflow; log1p keeps all
 * its digits where 1 + z would round to 1. With L = log1p(z), and p the weight of positives,
 *
 *     loss = p·t·(max(−x, 0) + L) + (1 − t)·(max(x, 0) + L).                                            (1)
 *
 * With p = 1 this is max(x, 0) − x·t + L, the form that is usually given. That form subtracts: for t = 1 and a
 * large x it takes x from x, and a soft target leaves of the difference only what the rounding of x·t did not
 * eat. In (1) no term is negative, so each keeps its relative accuracy, and so does the sum.
 *
 * The gradient. s'(x) = −e^−x/(1 + e^−x) = −σ(−x), hence
 *
 *     d loss/dx = (1 − t)·σ(x) − p·t·σ(−x),
 *
 * which for p = 1 is σ(x) − t, and again the short form is the worse one: for t = 1 it is the difference of two
 * numbers that are equal from x = 16.64 on, while −σ(−x) is right for as long as e^−x is a number. The greater
 * of σ(x) and σ(−x) is 1/(1 + z), the lesser z/(1 + z), so with a = 1 − t and b = p·t
 *
 *     (1 + z)·d loss/dx = a − b·z   for x ≥ 0,      a·z − b   for x < 0.
 *
 * For a hard target one of a and b is 0, and nothing cancels. A soft one has its minimum where the two terms
 * are equal. About x = 0 they nearly are if t is near 1/2 (the smoothed or undecided label of a network that
 * has learned nothing yet), and the rounding of z is all that is left. Therefore put 1 = z − m with
 * m = e^−|x| − 1 = expm1(−|x|), which is accurate for a small x:
 *
 *     (1 + z)·d loss/dx = (a − b)·z − a·m   for x ≥ 0,      (a − b)·z + b·m   for x < 0.                (2)
 *
 * m is never positive. With b = 0 both terms have a's sign, with a = 0 only those in b are left, of one sign:
 * (2) keeps the tails. At a = b only the term in m is left, with all its digits.
 */
