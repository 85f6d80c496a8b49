// Update: the graph from gradients to the next weights, with all that may come between.
import { GraphBuilder } from "../../../graph/builder.js";
import { Graph } from "../../../graph/graph.js";
import { float32, sizeOf, type TensorOf } from "../../../graph/tensor.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { type Average, averageWeights } from "./average.js";
import { clippingFactor } from "./clipping.js";
import { decayingIn } from "./decaying.js";
import { type Group, type GroupOptions, Groups } from "./groups.js";

/** Values of the session that hold gradients: where the two graphs of a step meet. */
export interface Gradients {
  /** By weight, the value that holds its gradient. */
  readonly of: ReadonlyMap<string, string>;
  /** The value that they are to be divided by, at least 1: the elements that the loss is the mean of; undefined: 1. */
  readonly elements: string | undefined;
}

export interface UpdateOptions extends GroupOptions {
  optimizer: Optimizer;
  /** The greatest length of all gradients together as one vector, above 0; default: any. */
  clip?: number;
  /** The decay of the weights' moving average, in (0, 1); default: none is kept. */
  ema?: number;
}

export interface Update {
  /** Inputs: the gradients, and scalars: those of `groups` and `average`. Changes weights, slots and averages. */
  graph: Graph;
  /** What the optimizer's scalars are fed to. */
  groups: readonly Group[];
  /** The network's own weights and running statistics that steps change. */
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
 * The update: gradients, perhaps of several batches, are clipped and handed to the optimizer, and the weights averaged,
 * in this order.
 *
 * @param step the graph that computes the gradients; its initializers are the first weights
 * @param statistics BatchNormalization's running ones, which change with each batch
 */
export function updateGraph(
  step: Graph,
  { of, elements }: Gradients,
  statistics: readonly string[],
  { optimizer, clip, ema, ...options }: UpdateOptions,
): Update {
  const graph = new Graph();
  graph.name = `${step.name}.update`;
  for (const name of [...statistics, ...of.keys()]) {
    graph.initializers.set(name, initialOf(step, name));
    graph.state.set(name, name);
  }
  const builder = new GraphBuilder(graph);
  let trained = [...of].map(([name, gradient]): Trained => {
    const value = initialOf(step, name);
    return { name, value, gradient: builder.input({ name: gradient, type: "float32", shape: value.shape }) };
  });
  const change = (by: (gradient: string) => string) => {
    trained = trained.map((weight) => ({ ...weight, gradient: by(weight.gradient) }));
  };
  if (elements !== undefined) {
    const total = builder.input({ name: elements, type: "float32", shape: [] });
    // A group without a known target has none.
    const divisor = builder.node("Max", [total, builder.scalar(1, "accumulation.one")]);
    change((gradient) => builder.node("Div", [gradient, divisor]));
  }
  if (clip !== undefined) {
    const factor = clippingFactor(builder, trained, clip);
    change((gradient) => builder.node("Mul", [gradient, factor]));
  }

  const groups = new Groups(builder, optimizer, options);
  const isDecaying = decayingIn(step);
  for (const { name, value, gradient } of trained) {
    const slots: Record<string, string> = {};
    for (const slot of optimizer.slots) {
      const zeros = float32(value.shape, new Float32Array(sizeOf(value.shape)));
      slots[slot] = builder.initializer(`${optimizer.name}.${slot}.${name}`, zeros);
    }
    const decays = optimizer.decayAll || isDecaying(name);
    const { scalars } = groups.of(name);
    const next = optimizer.update(builder, { weight: name, gradient, slots, decays, scalars });
    graph.state.set(name, next.weight);
    for (const slot of optimizer.slots) graph.state.set(slots[slot], next.slots[slot]);
  }
  const weights = [...statistics, ...trained.map(({ name }) => name)];
  const average = ema === undefined ? undefined : averageWeights(builder, weights, ema);
  return { graph, groups: groups.all(), weights, average };
}

function initialOf({ initializers }: Graph, name: string): TensorOf<"float32"> {
  const value = initializers.get(name);
  if (value?.type !== "float32") throw new TypeError(`${name} is no float32 initializer.`);
  return value;
}
