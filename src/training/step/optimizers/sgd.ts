// Stochastic gradient descent with momentum, Nesterov's momentum and weight decay.
import { type Optimizer, shared } from "./optimizer.js";

/** Options of `sgd`. */
export interface SgdOptions {
  learningRate: number;
  /** 0 ≤ momentum < 1; default 0. */
  momentum?: number;
  /** Looks ahead along the momentum; default false. */
  nesterov?: boolean;
  /** Default 0. */
  weightDecay?: number;
  /** Weight decay also on biases and BatchNormalization; default false. */
  decayAll?: boolean;
}

/**
 * PyTorch's SGD (torch.optim.SGD, without dampening), for weight w, gradient g, momentum μ, decay λ, rate η:
 *
 *     g ← g + λ·w
 *     v ← μ·v + g            v starts at 0, so the first v is g
 *     w ← w − η·v            or, Nesterov: w − η·(g + μ·v)
 */
export function sgd(options: SgdOptions): Optimizer {
  const { learningRate, momentum = 0, nesterov = false, weightDecay = 0, decayAll = false } = options;
  if (!(learningRate >= 0)) throw new RangeError(`sgd: learningRate is ${learningRate}, not at least 0.`);
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`sgd: momentum is ${momentum}, not in [0, 1).`);
  if (!(weightDecay >= 0)) throw new RangeError(`sgd: weightDecay is ${weightDecay}, not at least 0.`);
  if (nesterov && momentum === 0) throw new RangeError("sgd: nesterov needs a momentum above 0.");
  return {
    name: "sgd",
    learningRate,
    decayAll,
    slots: momentum > 0 ? ["momentum"] : [],
    scalars: (learningRate) => ({ rate: learningRate }),
    update(builder, { weight, gradient, slots, decays, scalars }) {
      const times = (value: string, name: string, factor: number) =>
        builder.node("Mul", [value, shared(builder, name, factor)]);
      const g =
        decays && weightDecay > 0
          ? builder.node("Add", [gradient, times(weight, "sgd.weightDecay", weightDecay)])
          : gradient;
      const next: Record<string, string> = {};
      let direction = g;
      if (momentum > 0) {
        const v = builder.node("Add", [times(slots.momentum, "sgd.momentum", momentum), g]);
        next.momentum = v;
        direction = nesterov ? builder.node("Add", [g, times(v, "sgd.momentum", momentum)]) : v;
      }
      const moved = builder.node("Sub", [weight, builder.node("Mul", [direction, scalars.rate])], {
        name: `${weight}.next`,
      });
      return { weight: moved, slots: next };
    },
  };
}
