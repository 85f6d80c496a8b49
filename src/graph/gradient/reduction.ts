// Gradient of a mean over axes: every element gets its share of the output's gradient.
import { intAttribute, intsAttribute } from "../graph.js";
import { elementTypes } from "../onnx-types.js";
import { type GradientContext, type GradientRule, ofOneOutput } from "./rule.js";

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

/** Y = mean of X over axes (ONNX's ReduceMean up to operator set 17, whose axes are an attribute). */
const mean: GradientRule = ofOneOutput((node, dY, context) => {
  const { builder, shape } = context;
  const [x] = node.inputs;
  const rank = shape(x).shape.length;
  const axes = (intsAttribute(node, "axes") ?? shape(x).shape.map((_, i) => i)).map((a) =>
    a < 0 ? a + rank : a,
  );
  const kept =
    intAttribute(node, "keepdims", 1) === 1
      ? dY
      : builder.node("Unsqueeze", [dY, builder.ints(axes, "axes")], { name: `${node.name}.kept` });
  const share = builder.node("Div", [kept, countOver(x, axes, context)], { name: `${node.name}.share` });
  const target = builder.node("Shape", [x], { name: `${node.name}.shape` });
  return [builder.node("Expand", [share, target], { name: `${node.name}.dX` })];
});

export const reductionRules = { ReduceMean: mean };
