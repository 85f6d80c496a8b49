// Update: from gradients to the next weights, with all that may come between.
import type { GraphBuilder } from "../../../graph/builder.js";
import { float32, sizeOf, type TensorOf } from "../../../graph/tensor.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { Accumulation } from "./accumulation.js";
import { type Average, averageWeights } from "./average.js";
import { clippingFactor } from "./clipping.js";
import { type Group, type GroupOptions, Groups } from "./groups.js";

export interface UpdateOptions extends GroupOptions {
  optimizer: Optimizer;
  /** The greatest length of all gradients together as one vector, above 0; default: any. */
  clip?: number;
  /** The decay of the weights' moving average, in (0, 1); default: none is kept. */
  ema?: number;
}

export interface Update {
  /** What the optimizer's scalars are fed to. */
  groups: readonly Group[];
  /** Of the state: the network's own weights and running statistics. */
  weights: readonly string[];
  average: Average | undefined;
}

/** A weight that trains. */
interface Trained {
  readonly name: string;
  readonly value: TensorOf<"float32">;
  /** The value that holds its gradient. */
  readonly gradient: string;
}

/**
 * Adds the update: gradients are brought together over batches, clipped, handed to the optimizer, and the weights
 * averaged, in this order.
 *
 * @param gradients by weight, at least one; of the sum over a batch where there is an `accumulation`
 * @param statistics of the state so far: BatchNormalization's running ones
 */
export function addUpdate(
  builder: GraphBuilder,
  gradients: ReadonlyMap<string, string>,
  statistics: readonly string[],
  accumulation: Accumulation | undefined,
  { optimizer, clip, ema, ...options }: UpdateOptions,
): Update {
  const { state } = builder.graph;
  let trained: Trained[] = [...gradients].map(([name, gradient]) => ({
    name,
    value: weightOf(builder, name),
    gradient,
  }));
  if (accumulation) {
    trained = trained.map((weight) => ({ ...weight, gradient: accumulation.ofGroup(weight) }));
  }
  if (clip !== undefined) {
    const factor = clippingFactor(builder, trained, clip);
    trained = trained.map(({ gradient, ...weight }) => ({
      ...weight,
      gradient: builder.node("Mul", [gradient, factor]),
    }));
  }

  const groups = new Groups(builder, optimizer, options);
  const replace = (present: string, next: string) =>
    state.set(present, accumulation?.whenReady(next, present) ?? next);
  for (const { name, value, gradient } of trained) {
    const slots: Record<string, string> = {};
    for (const slot of optimizer.slots) {
      const zeros = float32(value.shape, new Float32Array(sizeOf(value.shape)));
      slots[slot] = builder.initializer(`${optimizer.name}.${slot}.${name}`, zeros);
    }
    // Biases and BatchNormalization's scales are what has one dimension.
    const decays = optimizer.decayAll || value.shape.length > 1;
    const { scalars } = groups.of(name);
    const next = optimizer.update(builder, { weight: name, gradient, slots, decays, scalars });
    replace(name, next.weight);
    for (const slot of optimizer.slots) replace(slots[slot], next.slots[slot]);
  }
  const weights = [...statistics, ...trained.map(({ name }) => name)];
  const average = ema === undefined ? undefined : averageWeights(builder, weights, ema);
  return { groups: groups.all(), weights, average };
}

function weightOf({ graph }: GraphBuilder, name: string): TensorOf<"float32"> {
  const value = graph.initializers.get(name);
  if (value?.type !== "float32") throw new TypeError(`The weight ${name} is no float32 initializer.`);
  return value;
}
