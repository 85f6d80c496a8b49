// Lowering: an operator of our training domain as ONNX's standard operators, for ONNX Runtime's kernels.
import type { GraphBuilder } from "../../../graph/builder.js";
import type { Node, ValueInfo } from "../../../graph/graph.js";
import type { Kernels } from "./kernels.js";

export interface LoweringContext {
  readonly builder: GraphBuilder;
  readonly kernels: Kernels;
  /** Type and shape of a value of the graph that is lowered. */
  shape(value: string): ValueInfo;
  /** What has been lowered already: a batch's mean → the input of the normalization less that mean. */
  readonly centred: Map<string, string>;
  /** What one lowering has made and another may take, by a name of its own. */
  readonly made: Map<string, string>;
  /** The indices of a maximum → the pool that gives them. */
  readonly pools: Map<string, Node>;
}

/** Adds standard nodes that make exactly the node's outputs, for any number of images. */
export type Lowering = (node: Node, context: LoweringContext) => void;

/** A dimension that has to be known when the graph is compiled: all but the batch. */
export function fixed(info: ValueInfo, axis: number): number {
  const dimension = info.shape[axis];
  if (typeof dimension === "number") return dimension;
  throw new TypeError(`Dimension ${axis} of ${info.name} has to be known to compile a training step.`);
}

/** [C, N, …] from [N, C, …]. */
export function channelsFirst(builder: GraphBuilder, value: string): string {
  return builder.node("Transpose", [value], { name: `${value}.cn`, attributes: { perm: [1, 0, 2, 3] } });
}

export function reshape(
  builder: GraphBuilder,
  value: string,
  shape: readonly number[],
  output?: string,
): string {
  return builder.node("Reshape", [value, builder.ints(shape, "shape")], {
    name: `${output ?? value}.reshape`,
    outputs: output ? [output] : 1,
  });
}
