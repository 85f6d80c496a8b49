// GradientRule: how the gradient of one operator's outputs becomes that of its inputs.
import type { GraphBuilder } from "../builder.js";
import type { Node, ValueInfo } from "../graph.js";

export interface GradientContext {
  /** Adds nodes to the graph. */
  readonly builder: GraphBuilder;
  /** Type and shape of a value of the forward graph. */
  shape(value: string): ValueInfo;
  /** Whether the gradient of this input is wanted: a trainable weight can be reached through it. */
  wants(index: number): boolean;
}

/**
 * Adds nodes and returns the gradient of each input, in order; undefined where it isn't wanted or is zero.
 * @param gradients of the node's outputs; undefined for an output that nothing of the loss depends on
 */
export type GradientRule = (
  node: Node,
  gradients: readonly (string | undefined)[],
  context: GradientContext,
) => (string | undefined)[];

/** A dimension whose size the gradient depends on; @throws TypeError if it is only a name. */
export function knownSize(info: ValueInfo, axis: number): number {
  const dimension = info.shape[axis < 0 ? axis + info.shape.length : axis];
  if (typeof dimension === "number") return dimension;
  throw new TypeError(`Dimension ${axis} of ${info.name}, [${info.shape}], has to be known for a gradient.`);
}

/** A rule for a node of one output. */
export function ofOneOutput(
  rule: (node: Node, gradient: string, context: GradientContext) => (string | undefined)[],
): GradientRule {
  return (node, [gradient], context) => (gradient === undefined ? [] : rule(node, gradient, context));
}

/** Where an operator broadcast an input of shape `info` up, sums the gradient back down to that shape. */
export function unbroadcast(
  gradient: string,
  output: ValueInfo,
  input: ValueInfo,
  builder: GraphBuilder,
): string {
  const missing = output.shape.length - input.shape.length;
  const summed = output.shape.flatMap((d, i) =>
    i < missing || (input.shape[i - missing] === 1 && d !== 1) ? [i] : [],
  );
  if (summed.length === 0) return gradient;
  const kept = builder.node("ReduceSum", [gradient, builder.ints(summed, "axes")], {
    name: `${gradient}.sum`,
    attributes: { keepdims: 1 },
  });
  if (missing === 0) return kept;
  const axes = builder.ints(
    Array.from({ length: missing }, (_, i) => i),
    "axes",
  );
  return builder.node("Squeeze", [kept, axes], { name: `${gradient}.squeeze` });
}
