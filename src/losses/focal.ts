// The focal loss, multi-label: cross-entropy that forgets easy elements.
import { type Focusing, focusedElement } from "./asymmetric.js";
import { addLoss } from "./graph-form.js";
import { checkRange } from "./inputs.js";
import type { LossKind, LossOption } from "./kind.js";
import type { Loss, LossBatch, LossOptions, LossResult, Reduction } from "./loss.js";
import { type ElementLoss, reduce } from "./reduction.js";

const own = {
  gamma: {
    help: "how fast easy examples lose weight",
    from: 0,
    usual: { value: 2, why: "the best value in the focal loss paper" },
  },
  alpha: { help: "weight of positives; negatives get 1 − N", from: 0, to: 1 },
} as const satisfies Record<string, LossOption>;

/** Options of the focal loss. */
export interface FocalOptions extends LossOptions {
  /** γ, 0 or more: how fast the weight of an element falls as it becomes easy. Default 2. */
  gamma?: number;
  /** α in [0, 1]: the weight of positives, 1 − α that of negatives. Default: both weigh 1. */
  alpha?: number;
}

type Options = LossBatch & FocalOptions;

/**
 * Value and gradient of the focal loss of each label by itself (Lin et al. 2017, "Focal Loss for Dense Object
 * Detection"), as torchvision's sigmoid_focal_loss has it:
 *
 *     loss(x, t) = w · (α·t + (1 − α)·(1 − t)) · (−p·t·log σ(x) − (1 − t)·log(1 − σ(x))) · q^γ,
 *     q = t·(1 − σ(x)) + (1 − t)·σ(x),
 *
 * so α·(1 − σ)^γ·(−log σ) for t = 1 and (1 − α)·σ^γ·(−log(1 − σ)) for t = 0. Note that torchvision's own default
 * for α is 0.25.
 *
 * With γ = 0 and no α this is `bceWithLogits`; weights, targets, reductions, accuracy and errors are its own.
 *
 * @throws RangeError as `bceWithLogits`, also for a negative γ or an α outside [0, 1]
 */
export function focalWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options & { reduction: "none" },
): LossResult<Float32Array>;
export function focalWithLogits(
  logits: Float32Array,
  targets: Float32Array,
  options: Options & { reduction?: Exclude<Reduction, "none"> },
): LossResult<number>;
export function focalWithLogits(logits: Float32Array, targets: Float32Array, options: Options): LossResult;
export function focalWithLogits(logits: Float32Array, targets: Float32Array, options: Options): LossResult {
  return reduce(focalElement(options), "elements", logits, targets, options);
}

/** The focal loss as a loss to train with; see `focalWithLogits`. */
export function focal(options: FocalOptions = {}): Loss {
  const formula = { ...focusingOf(options), alpha: options.alpha };
  return {
    name: "focal",
    evaluate: (logits, targets, batch) => focalWithLogits(logits, targets, { ...options, ...batch }),
    build: (builder, logits, targets, labels) =>
      addLoss(builder, logits, targets, labels, formula, "elements", options),
  };
}

export const focalKind: LossKind<"focal", typeof own> = { name: "focal", own, make: focal };

function focusingOf({ gamma = own.gamma.usual.value, alpha }: FocalOptions): Focusing {
  checkRange("gamma", gamma, own.gamma);
  if (alpha !== undefined) checkRange("alpha", alpha, own.alpha);
  return { gammaPositive: gamma, gammaNegative: gamma, margin: 0 };
}

function focalElement(options: FocalOptions): ElementLoss {
  const focused = focusedElement(focusingOf(options));
  const { alpha } = options;
  if (alpha === undefined) return focused;
  const balance = (t: number) => alpha * t + (1 - alpha) * (1 - t);
  return {
    loss: (x, t, p) => balance(t) * focused.loss(x, t, p),
    gradient: (x, t, p) => balance(t) * focused.gradient(x, t, p),
  };
}

/*
 * Derivation
 *
 * The weight q^γ is that of asymmetric.ts with γ₊ = γ₋ = γ and no margin, and the derivation there holds. For a hard
 * target q is 1 − pₜ, where pₜ is the probability that the network gives to what is true.
 */
