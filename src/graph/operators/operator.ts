// Operator: all that the graph's side knows of one operator. Engines add how they compute it.
import { UserError } from "../../base/errors.js";
import type { GraphBuilder } from "../builder.js";
import type { Attribute, Dimension, Node, ValueInfo } from "../graph.js";
import type { DataType } from "../tensor.js";
import { broadcast } from "./dimensions.js";
import type { Expression } from "./expression.js";

/** The last part of a weight's name in a state_dict. */
export type Role = "weight" | "bias" | "running_mean" | "running_var";

export interface Inferred {
  readonly type: DataType;
  readonly shape: readonly Dimension[];
}

export interface ShapeContext {
  /** Type and shape of one of the node's inputs; asking for one that is left out or unknown throws. */
  input(index: number): Inferred;
  /** An input's elements in row-major order, where they are known before a run (dimensions may be names). */
  values(index: number): readonly Dimension[] | undefined;
}

/** Type and shape of each output. */
export type ShapeRule = (node: Node, context: ShapeContext) => readonly Inferred[];

/** The elements of the first output, where they are known before a run. */
export type ValueRule = (
  node: Node,
  context: ShapeContext,
  output: Inferred,
) => readonly Dimension[] | undefined;

export interface DecompositionContext {
  /** Adds nodes to the graph. */
  readonly builder: GraphBuilder;
  /** Type and shape of a value of the graph that the node is in. */
  shape(value: string): ValueInfo;
  /** The elements of a value that are known before a run, as `ShapeContext.values` has them. */
  values(value: string): readonly Dimension[] | undefined;
}

export interface GradientContext extends DecompositionContext {
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

/** Adds nodes of simpler operators that make exactly the node's outputs. */
export type Decomposition = (node: Node, context: DecompositionContext) => void;

/** One operator. */
export interface Operator {
  readonly op: string;
  /** Default: ONNX's own, "". */
  readonly domain?: string;
  readonly shape: ShapeRule;
  /** Of operators that sizes are computed with. */
  readonly values?: ValueRule;
  /** Where there is none, what the decomposition makes is differentiated; null: nothing that trains may stand before it. */
  readonly gradient?: GradientRule | null;
  /** How many outputs a node has to have for its gradient; default: as many as it has. */
  readonly gradientOutputs?: number;
  /** For engines that have no code for the operator. */
  readonly decomposition?: Decomposition;
  /** The operator set that it came with, where that is younger than ours. */
  readonly since?: number;
  /** What an initializer is that stands at an input, as in PyTorch's modules. */
  readonly roles?: readonly (Role | undefined)[];
  /** Of operators that work element by element. */
  readonly expression?: Expression;
  /** Whether the result is zero, and never NaN, where these operands are zero; default: not known to be. */
  readonly keepsZero?: (zero: readonly boolean[]) => boolean;
}

/** The first input's type and shape. */
export const like: ShapeRule = (_, { input }) => [input(0)];

/** All inputs, broadcast; the first one's type. */
export const broadcastInputs: ShapeRule = (node, { input }) => {
  const inputs = node.inputs.map((_, i) => input(i));
  return [{ type: inputs[0].type, shape: broadcast(inputs.map(({ shape }) => shape)) }];
};

/** The first input's elements, in another shape or type. */
export const sameValues: ValueRule = (_, { values }) => values(0);

/** Values computed element by element, of scalars and lists of one length. */
export function elementwiseValues(f: (...x: Dimension[]) => Dimension | undefined): ValueRule {
  return (node, { values, input }) => {
    const operands = node.inputs.map((_, i) => values(i));
    const length = Math.max(...operands.map((operand) => operand?.length ?? 0));
    const results: Dimension[] = [];
    for (let i = 0; i < length; i++) {
      const x = operands.map((operand) => (operand?.length === 1 ? operand[0] : operand?.[i]));
      const result = x.includes(undefined) ? undefined : f(...(x as Dimension[]));
      if (result === undefined) return undefined;
      results.push(result);
    }
    // Two lists of unequal ranks may broadcast to a table: that is no size.
    return node.inputs.every((_, i) => input(i).shape.length <= 1) ? results : undefined;
  };
}

/** A rule for functions of numbers alone. */
export const ofNumbers =
  (f: (...x: number[]) => number) =>
  (...x: Dimension[]): number | undefined =>
    x.every((value) => typeof value === "number") ? f(...(x as number[])) : undefined;

/** @throws UserError if an input that has to be known before a run is not. */
export function known(
  values: readonly Dimension[] | undefined,
  node: Node,
  what: string,
): readonly Dimension[] {
  if (values) return values;
  throw new UserError(
    `The ${what} of ${node.op} node "${node.name}" is computed at run time; it has to be a constant.`,
  );
}

/** The same for numbers alone. */
export function knownNumbers(
  values: readonly Dimension[] | undefined,
  node: Node,
  what: string,
): readonly number[] {
  const found = known(values, node, what);
  if (found.every((value): value is number => typeof value === "number")) return found;
  throw new UserError(
    `The ${what} of ${node.op} node "${node.name}" depends on the number of images; it has to be a constant.`,
  );
}

/** Zeros of a value's shape. */
export function zerosLike(value: string, builder: GraphBuilder): string {
  const shape = builder.node("Shape", [value], { name: `${value}.shape` });
  return builder.node("Expand", [builder.scalar(0), shape], { name: `${value}.zeros` });
}

/** Adds nodes under names that begin with the node's own; the last one makes the node's output. */
export function stepsOf(node: Node, { builder }: DecompositionContext) {
  return {
    step: (op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}) =>
      builder.node(op, inputs, { name: `${node.name}.${op}`, attributes }),
    last: (op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}, output = 0) =>
      builder.node(op, inputs, { name: node.name, attributes, outputs: [node.outputs[output]] }),
    number: (value: number) => builder.scalar(value),
  };
}

/** A dimension whose size the gradient depends on; @throws TypeError if it is only a name. */
export function knownSize(info: ValueInfo, axis: number): number {
  const dimension = info.shape[axis < 0 ? axis + info.shape.length : axis];
  if (typeof dimension === "number") return dimension;
  throw new TypeError(`Dimension ${axis} of ${info.name}, [${info.shape}], has to be known for a gradient.`);
}

/** A gradient rule for a node of one output. */
export function ofOneOutput(
  rule: (node: Node, gradient: string, context: GradientContext) => (string | undefined)[],
): GradientRule {
  return (node, [gradient], context) => (gradient === undefined ? [] : rule(node, gradient, context));
}

/** Where an operator broadcast input `index` up, sums the gradient (of its output's shape) back down to its shape. */
export function unbroadcast(
  node: Node,
  index: number,
  gradient: string,
  { builder, shape }: GradientContext,
): string {
  return sumTo(gradient, shape(node.outputs[0]).shape, shape(node.inputs[index]).shape, builder);
}

/** Sums a gradient of shape `from` over the axes in which `to` is 1 or that it lacks. */
export function sumTo(
  gradient: string,
  from: readonly Dimension[],
  to: readonly Dimension[],
  builder: GraphBuilder,
): string {
  const missing = from.length - to.length;
  const summed = from.flatMap((d, i) => (i < missing || (to[i - missing] === 1 && d !== 1) ? [i] : []));
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
