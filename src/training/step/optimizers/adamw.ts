// AdamW: Adam with weight decay apart from the gradient (Loshchilov and Hutter, arXiv:1711.05101).
import { type Optimizer, shared } from "./optimizer.js";

/** Options of `adamw`. */
export interface AdamWOptions {
  learningRate: number;
  /** Of the mean gradient and of its square; default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Default 1e-8. */
  epsilon?: number;
  /** Default 0.01. */
  weightDecay?: number;
  /** Weight decay also on biases and BatchNormalization; default false. */
  decayAll?: boolean;
}

/**
 * PyTorch's AdamW (torch.optim.AdamW), for weight w, gradient g, step t, rate η, decay λ:
 *
 *     w ← w·(1 − η·λ)
 *     m ← β₁·m + (1 − β₁)·g
 *     v ← β₂·v + (1 − β₂)·g²
 *     w ← w − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
 *
 * The slots hold M = m/(1 − β₁) and V = v/(1 − β₂), which need no factor before g and g². With
 * c = √((1 − β₂ᵗ)/(1 − β₂)) the last line is w − [η·(1 − β₁)/(1 − β₁ᵗ)·c] · M / (√V + ε·c), whose two
 * factors are scalars of the step: three passes over the weights fewer, and the same numbers.
 */
export function adamw(options: AdamWOptions): Optimizer {
  const { learningRate, epsilon = 1e-8, weightDecay = 0.01, decayAll = false } = options;
  const [beta1, beta2] = options.betas ?? [0.9, 0.999];
  if (!(learningRate >= 0)) throw new RangeError(`adamw: learningRate is ${learningRate}, not at least 0.`);
  if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
    throw new RangeError(`adamw: betas are [${beta1}, ${beta2}], not both in [0, 1).`);
  }
  if (!(epsilon > 0)) throw new RangeError(`adamw: epsilon is ${epsilon}, not above 0.`);
  if (!(weightDecay >= 0)) throw new RangeError(`adamw: weightDecay is ${weightDecay}, not at least 0.`);
  return {
    name: "adamw",
    learningRate,
    decayAll,
    slots: ["mean", "square"],
    scalars(learningRate, step) {
      const c = Math.sqrt((1 - beta2 ** step) / (1 - beta2));
      return {
        rate: ((learningRate * (1 - beta1)) / (1 - beta1 ** step)) * c,
        epsilon: epsilon * c,
        keep: 1 - learningRate * weightDecay,
      };
    },
    update(builder, { weight, gradient, slots, decays, scalars }) {
      const times = (value: string, name: string, factor: number) =>
        builder.node("Mul", [value, shared(builder, name, factor)]);
      const mean = builder.node("Add", [times(slots.mean, "adamw.beta1", beta1), gradient]);
      const squared = builder.node("Mul", [gradient, gradient]);
      const square = builder.node("Add", [times(slots.square, "adamw.beta2", beta2), squared]);
      const spread = builder.node("Add", [builder.node("Sqrt", [square]), scalars.epsilon]);
      const move = builder.node("Mul", [builder.node("Div", [mean, spread]), scalars.rate]);
      const kept = decays && weightDecay > 0 ? builder.node("Mul", [weight, scalars.keep]) : weight;
      const moved = builder.node("Sub", [kept, move], { name: `${weight}.next` });
      return { weight: moved, slots: { mean, square } };
    },
  };
}
