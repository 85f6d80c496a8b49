// Average: a running mean of the weights, which is often a better model than the weights of the last step.
import type { GraphBuilder } from "../../../graph/builder.js";

export interface Average {
  /** The input that the newest weights' share is fed to. */
  readonly share: string;
  /** The values that hold the averages, by weight. */
  readonly of: ReadonlyMap<string, string>;
  /** The newest weights' share in the average of the `step`-th update, from 1. */
  shareAt(step: number): number;
}

/**
 * Keeps an exponential moving average of weights, running statistics of BatchNormalization included (as torchvision's
 * ExponentialMovingAverage and timm's ModelEma do):
 *
 *     a ← a + (1 − d)·(w − a)        d = min(decay, (1 + t) / (10 + t)) in update t; a starts as the first w
 *
 * While t is small, so is d, and the first weights, which know nothing, are soon forgotten
 * (tf.train.ExponentialMovingAverage with `num_updates`).
 *
 * @param weights of `graph.state`, with their next values
 */
export function averageWeights(builder: GraphBuilder, weights: readonly string[], decay: number): Average {
  const { state, initializers } = builder.graph;
  const share = builder.input({ name: builder.fresh("average.share"), type: "float32", shape: [] });
  const averages = new Map<string, string>();
  for (const weight of weights) {
    const [now, next] = [initializers.get(weight), state.get(weight)];
    if (!now || !next) throw new TypeError(`${weight} is no state of the graph.`);
    const average = builder.initializer(`average.${weight}`, now);
    const distance = builder.node("Sub", [next, average]);
    state.set(average, builder.node("Add", [average, builder.node("Mul", [distance, share])]));
    averages.set(weight, average);
  }
  return { share, of: averages, shareAt: (step) => 1 - Math.min(decay, (1 + step) / (10 + step)) };
}
