// Optimizer: how a weight moves along its gradient, as nodes of the training graph.
import type { GraphBuilder } from "../../../graph/builder.js";

/** One weight's update. Weight, gradient and slots are names of values of the weight's shape. */
export interface Update {
  readonly weight: string;
  readonly gradient: string;
  /** The optimizer's memory of this weight, by slot. */
  readonly slots: Readonly<Record<string, string>>;
  /** Whether weight decay applies. */
  readonly decays: boolean;
  /** The values that hold the optimizer's scalars of the step, by name. */
  readonly scalars: Readonly<Record<string, string>>;
}

/** How weights change by their gradients, as nodes of a training graph. */
export interface Optimizer {
  readonly name: string;
  /** Where no schedule says otherwise. */
  readonly learningRate: number;
  /** Whether weight decay applies to biases and BatchNormalization too. */
  readonly decayAll: boolean;
  /** What is remembered of each weight, e.g. `momentum`; it starts as zeros. */
  readonly slots: readonly string[];
  /**
   * The float32 scalars that each run of the graph is fed, by the names that `update` finds them under.
   * @param step counts from 1: the steps in which the weight has been trained
   */
  scalars(learningRate: number, step: number): Record<string, number>;
  /** Adds the nodes; returns the values that hold the next weight and the next slots. */
  update(builder: GraphBuilder, update: Update): { weight: string; slots: Record<string, string> };
}

/** A constant that all weights' updates share: made when the first asks for it. */
export function shared(builder: GraphBuilder, name: string, value: number): string {
  return builder.graph.initializers.has(name) ? name : builder.scalar(value, name);
}
