// Reductions over axes.
import { type Dimension, intAttribute, intsAttribute, type Node } from "../graph.js";
import { elementTypes } from "../onnx-types.js";
import { fromFront } from "./dimensions.js";
import { type GradientContext, type Operator, ofOneOutput, type ShapeRule } from "./operator.js";

/** The axes, counted from the front: given as an attribute or an input; all of none are. */
function axesOf(node: Node, rank: number, values: readonly Dimension[] | undefined): number[] {
  const given = intsAttribute(node, "axes") ?? (node.inputs[1] ? values : undefined);
  return (given ?? Array.from({ length: rank }, (_, i) => i)).map((axis) => fromFront(Number(axis), rank));
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

/** Each element gets its share of the output's gradient. */
export const reduceMean: Operator = {
  op: "ReduceMean",
  shape: reduced,
  gradient: ofOneOutput((node, dY, context) => {
    const { builder, shape, values } = context;
    const [x] = node.inputs;
    const axes = axesOf(node, shape(x).shape.length, node.inputs[1] ? values(node.inputs[1]) : undefined);
    const kept =
      intAttribute(node, "keepdims", 1) === 1
        ? dY
        : builder.node("Unsqueeze", [dY, builder.ints(axes, "axes")], { name: `${node.name}.kept` });
    const share = builder.node("Div", [kept, countOver(x, axes, context)], { name: `${node.name}.share` });
    const target = builder.node("Shape", [x], { name: `${node.name}.shape` });
    return [builder.node("Expand", [share, target], { name: `${node.name}.dX` })];
  }),
};

export const reductions: readonly Operator[] = [
  reduceMean,
  { op: "ReduceSum", shape: reduced },
  { op: "ReduceSumSquare", shape: reduced },
  { op: "ReduceMax", shape: reduced },
];
