// Reductions over axes.
import { type Dimension, intAttribute, intsAttribute, type Node } from "../graph.js";
import { elementTypes } from "../onnx-types.js";
import { fromFront } from "./dimensions.js";
import { type GradientContext, type Operator, ofOneOutput, type ShapeRule, stepsOf } from "./operator.js";

/** The axes, counted from the front: given as an attribute or an input; all if none are. */
function axesOf(node: Node, rank: number, values: readonly Dimension[] | undefined): number[] {
  const given = intsAttribute(node, "axes") ?? (node.inputs[1] ? values : undefined);
  const all = Array.from({ length: rank }, (_, i) => i);
  return (given?.length ? given : all).map((axis) => fromFront(Number(axis), rank));
}

const reduced: ShapeRule = (node, { input, values }) => {
  const { type, shape } = input(0);
  const axes = new Set(axesOf(node, shape.length, values(1)));
  const keep = intAttribute(node, "keepdims", 1) === 1;
  return [{ type, shape: shape.flatMap((d, i) => (axes.has(i) ? (keep ? [1] : []) : [d])) }];
};

/** How many elements a mean over `axes` of `x` takes, as a divisor that broadcasts; the batch is counted at run time. */
function countOver(x: string, axes: readonly number[], { builder, shape }: GradientContext): string {
  const dimensions = axes.map((axis) => shape(x).shape[axis]);
  const fixed = dimensions.reduce<number>((product, d) => (typeof d === "number" ? product * d : product), 1);
  let count = builder.scalar(fixed);
  axes.forEach((axis, i) => {
    if (typeof dimensions[i] === "number") return;
    const size = builder.node("Shape", [x], {
      name: `${x}.size`,
      attributes: { start: axis, end: axis + 1 },
    });
    const float = builder.node("Cast", [size], {
      name: `${x}.size`,
      attributes: { to: elementTypes.float32.code },
    });
    count = builder.node("Mul", [count, float], { name: `${x}.count` });
  });
  return count;
}

/** What a gradient rule works with; `kept` and `y` have the reduced axes, as 1. */
interface Reduction {
  readonly x: string;
  readonly y: string;
  readonly dY: string;
  readonly axes: readonly number[];
  readonly context: GradientContext;
  readonly add: (op: string, inputs: readonly string[], attributes?: Record<string, number>) => string;
}

/** @param dX from the gradient and the result with the reduced axes kept; it may still have to be expanded */
function reduction(op: string, dX: (reduction: Reduction) => string): Operator {
  return {
    op,
    shape: reduced,
    gradient: ofOneOutput((node, dY, context) => {
      const { builder, shape, values } = context;
      const [x] = node.inputs;
      const axes = axesOf(node, shape(x).shape.length, node.inputs[1] ? values(node.inputs[1]) : undefined);
      const add: Reduction["add"] = (made, inputs, attributes = {}) =>
        builder.node(made, inputs, { name: `${node.name}.d${made}`, attributes });
      const kept = (value: string) =>
        intAttribute(node, "keepdims", 1) === 1
          ? value
          : add("Unsqueeze", [value, builder.ints(axes, "axes")]);
      return [dX({ x, y: kept(node.outputs[0]), dY: kept(dY), axes, context, add })];
    }),
  };
}

const expanded = ({ x, add }: Reduction, value: string) => add("Expand", [value, add("Shape", [x])]);

/** The chosen element gets the gradient; several share it. */
const ofExtreme = ({ x, y, dY, axes, context: { builder }, add }: Reduction) => {
  const chosen = add("Cast", [add("Equal", [x, y])], { to: elementTypes.float32.code });
  const count = add("ReduceSum", [chosen, builder.ints(axes, "axes")], { keepdims: 1 });
  return add("Mul", [chosen, add("Div", [dY, count])]);
};

const l2 = reduction("ReduceL2", ({ x, y, dY, add, context: { builder } }) =>
  // X / ‖X‖, and 0 where all of X is 0.
  add("Mul", [x, add("Div", [dY, add("Max", [y, builder.scalar(1e-37)])])]),
);

const min = reduction("ReduceMin", ofExtreme);

export const reductions: readonly Operator[] = [
  reduction("ReduceSum", (of) => expanded(of, of.dY)),
  reduction("ReduceMean", (of) => expanded(of, of.add("Div", [of.dY, countOver(of.x, of.axes, of.context)]))),
  reduction("ReduceSumSquare", ({ x, dY, add, context: { builder } }) =>
    add("Mul", [x, add("Mul", [dY, builder.scalar(2)])]),
  ),
  reduction("ReduceMax", ofExtreme),
  {
    ...min,
    decomposition: (node, context) => {
      const { step, last } = stepsOf(node, context);
      last("Neg", [step("ReduceMax", [step("Neg", [node.inputs[0]])], { ...node.attributes })]);
    },
  },
  {
    ...l2,
    decomposition: (node, context) => {
      const { builder, shape } = context;
      const { step, last } = stepsOf(node, context);
      const [x] = node.inputs;
      const axes = builder.ints(axesOf(node, shape(x).shape.length, undefined), "axes");
      const squares = step("Mul", [x, x]);
      last("Sqrt", [step("ReduceSum", [squares, axes], { keepdims: intAttribute(node, "keepdims", 1) })]);
    },
  },
];
