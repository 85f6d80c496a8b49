// The asymmetric loss (ASL): cross-entropy that forgets easy elements, negatives faster than positives.
import { bceElement } from "./bce.js";
import { addLoss } from "./graph-form.js";
import { checkRange } from "./inputs.js";
import type { LossKind, LossOption } from "./kind.js";
import type { Loss, LossBatch, LossOptions, LossResult, Reduction } from "./loss.js";
import { type ElementLoss, reduce } from "./reduction.js";

const why = "the default of the published code";
const own = {
  gammaPositive: {
    help: "how fast easy positives lose weight",
    from: 0,
    usual: { value: 1, why },
  },
  gammaNegative: { help: "how fast easy negatives lose weight", from: 0, usual: { value: 4, why } },
  margin: {
    help: "negatives below N cost nothing",
    from: 0,
    below: 1,
    usual: { value: 0.05, why },
  },
} as const satisfies Record<string, LossOption>;

/** Options of the asymmetric loss. */
export interface AsymmetricOptions extends LossOptions {
  /** γ₊, 0 or more: how fast the weight of a positive falls as it is recognised. Default 1. */
  gammaPositive?: number;
  /** γ₋, 0 or more: the same of a negative. Default 4. */
  gammaNegative?: number;
  /** m in [0, 1): a negative whose probability is below it costs nothing. Default 0.05. */
  margin?: number;
}

type Options = LossBatch & AsymmetricOptions;

/**
 * Value and gradient of the asymmetric loss (Ridnik et al. 2021, "Asymmetric Loss for Multi-Label
 * Classification"):
 *
 *     loss(x, t) = w · (−p·t·log σ(x) − (1 − t)·log(1 − σₘ(x))) · q^γ,      σₘ(x) = max(σ(x) − m, 0),
 *     q = t·(1 − σ(x)) + (1 − t)·σₘ(x),      γ = γ₊·t + γ₋·(1 − t),
 *
 * so (1 − σ)^γ₊·(−log σ) for t = 1 and σₘ^γ₋·(−log(1 − σₘ)) for t = 0; a soft target interpolates as the published
 * implementation does. Nothing is clamped but σ − m: the published code takes the logarithm of a probability
 * clamped at 1e-8, and has no gradient beyond. The gradient here is that of the whole formula, the weight q^γ
 * included, as the published AsymmetricLossOptimized has it by default (its `disable_torch_grad_focal_loss` takes
 * q^γ for a constant).
 *
 * With γ₊ = γ₋ = 0 and m = 0 this is `bceWithLogits`; weights, targets, reductions, accuracy and errors are its
 * own. Where m takes from a soft target's or a borderline negative's probability nearly all there is, value and
 * gradient are right to 2⁻⁵² of what it was taken from.
 *
 * @throws RangeError as `bceWithLogits`, also for a negative γ or a margin outside [0, 1)
 */
export function asymmetricWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options & { reduction: "none" },
): LossResult<Float32Array>;
export function asymmetricWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options & { reduction?: Exclude<Reduction, "none"> },
): LossResult<number>;
export function asymmetricWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options,
): LossResult;
export function asymmetricWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options,
): LossResult {
  return reduce(focusedElement(focusingOf(options)), "elements", logits, targets, options);
}

/** The asymmetric loss as a loss to train with; see `asymmetricWithLogits`. */
export function asymmetric(options: AsymmetricOptions = {}): Loss {
  const focusing = focusingOf(options);
  return {
    name: "asymmetric",
    evaluate: (logits, targets, batch) => asymmetricWithLogits(logits, targets, { ...options, ...batch }),
    build: (builder, logits, targets, labels) =>
      addLoss(builder, logits, targets, labels, focusing, "elements", options),
  };
}

/** What makes the asymmetric loss of a cross-entropy. */
export interface Focusing {
  readonly gammaPositive: number;
  readonly gammaNegative: number;
  readonly margin: number;
}

export const asymmetricKind: LossKind<"asymmetric", typeof own> = {
  name: "asymmetric",
  own,
  make: asymmetric,
};

function focusingOf({
  gammaPositive = own.gammaPositive.usual.value,
  gammaNegative = own.gammaNegative.usual.value,
  margin = own.margin.usual.value,
}: AsymmetricOptions): Focusing {
  const focusing = { gammaPositive, gammaNegative, margin };
  for (const name of ["gammaPositive", "gammaNegative", "margin"] as const) {
    checkRange(name, focusing[name], own[name]);
  }
  return focusing;
}

/** σ(x) and σ(−x), neither of them 0. */
function probabilities(x: number): [number, number] {
  const z = Math.exp(-Math.min(Math.abs(x), 700));
  return x < 0 ? [z / (1 + z), 1 / (1 + z)] : [1 / (1 + z), z / (1 + z)];
}

/** Cross-entropy with the probability of negatives lowered by m > 0. */
function shiftedElement(margin: number): ElementLoss {
  return {
    loss(x, t, p) {
      const [there, absent] = probabilities(x);
      const shifted = Math.max(there - margin, 0);
      const ifThere = Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      const ifAbsent = shifted < 0.5 ? -Math.log1p(-shifted) : -Math.log(absent + margin);
      return p * t * ifThere + (1 - t) * ifAbsent;
    },
    gradient(x, t, p) {
      const [there, absent] = probabilities(x);
      const ifAbsent = there > margin ? (there * absent) / (absent + margin) : 0;
      return (1 - t) * ifAbsent - p * t * absent;
    },
  };
}

/** The formulas at the foot of this file. */
export function focusedElement({ gammaPositive, gammaNegative, margin }: Focusing): ElementLoss {
  const entropy = margin === 0 ? bceElement : shiftedElement(margin);
  return {
    loss(x, t, p) {
      const [there, absent] = probabilities(x);
      const q = t * absent + (1 - t) * Math.max(there - margin, 0);
      return entropy.loss(x, t, p) * q ** (gammaPositive * t + gammaNegative * (1 - t));
    },
    gradient(x, t, p) {
      const [there, absent] = probabilities(x);
      const q = t * absent + (1 - t) * Math.max(there - margin, 0);
      if (q === 0) return 0;
      const gamma = gammaPositive * t + gammaNegative * (1 - t);
      const slope = there * absent * (there > margin ? 1 - 2 * t : -t);
      return q ** gamma * (entropy.gradient(x, t, p) + gamma * entropy.loss(x, t, p) * (slope / q));
    },
  };
}

/*
 * Derivation
 *
 * With s = σ(x), its complement s̄ = σ(−x), and sₘ = max(s − m, 0), the loss is a cross-entropy times a weight,
 *
 *     loss = H·q^γ,   H = −p·t·log s − (1 − t)·log(1 − sₘ),   q = t·s̄ + (1 − t)·sₘ.
 *
 * The published q is 1 − (t·s + (1 − t)·(1 − sₘ)): the same, but a difference of two numbers that become equal
 * where an element is easy, and easy elements are what the weight is about. As a sum of products none of which is
 * negative, q keeps its digits, and so does its power.
 *
 * H. −log s is log(1 + e^−x) as in bce.ts. If m = 0, −log(1 − s) is its mirror image, and H is that of bce.ts. If
 * m > 0, 1 − sₘ is min(s̄ + m, 1) and never below m, so its logarithm needs no clamp; near 1 it is log1p(−sₘ),
 * which keeps the digits of a small sₘ, elsewhere log(s̄ + m), which keeps those of a small m.
 *
 * The gradient. s' = s·s̄, s̄' = −s·s̄, and sₘ' = s·s̄ where s > m, else 0. Hence
 *
 *     H' = −p·t·s̄ + (1 − t)·[s > m]·s·s̄/(s̄ + m)         (for m = 0 that is (1 − t)·s − p·t·s̄, as in bce.ts)
 *     q' = s·s̄·((1 − t)·[s > m] − t)
 *     d loss/dx = q^γ·(H' + γ·H·q'/q).
 *
 * For a hard target both terms have one sign: nothing cancels. q is 0 for a negative below the margin alone, and
 * there H = 0 too: no loss, no gradient. Otherwise s·s̄/q is at most 1/t or 1/(1 − t) times a number near 1, and q
 * must not underflow to 0 where the ratio H/q is finite: |x| is cut at 700 in the exponential, far beyond what
 * float32 can tell from 0.
 */
