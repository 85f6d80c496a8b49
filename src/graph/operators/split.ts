// Split: parts along an axis, whose gradients are joined.
import { intAttribute } from "../graph.js";
import { fromFront, over } from "./dimensions.js";
import { known, type Operator, zerosLike } from "./operator.js";

export const split: Operator = {
  op: "Split",
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    const axis = fromFront(intAttribute(node, "axis", 0), shape.length);
    const sizes = node.inputs[1]
      ? known(values(1), node, "sizes")
      : node.outputs.map(() => over(shape[axis], node.outputs.length));
    return sizes.map((size) => ({ type, shape: shape.map((d, i) => (i === axis ? size : d)) }));
  },
  gradient: (node, gradients, { builder }) => {
    const parts = node.outputs.map((output, i) => gradients[i] ?? zerosLike(output, builder));
    const attributes = { axis: intAttribute(node, "axis", 0) };
    return [builder.node("Concat", parts, { name: `${node.name}.dX`, attributes })];
  },
};
