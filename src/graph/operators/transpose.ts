// Transpose: axes in another order; the gradient's go back to theirs.
import { intsAttribute, type Node } from "../graph.js";
import { rowMajor, viewed } from "./dimensions.js";
import { type Operator, ofOneOutput } from "./operator.js";

const orderOf = (node: Node, rank: number): readonly number[] =>
  intsAttribute(node, "perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);

export const transpose: Operator = {
  roles: ["weight"],
  op: "Transpose",
  shape: (node, { input }) => {
    const { type, shape } = input(0);
    return [{ type, shape: orderOf(node, shape.length).map((i) => shape[i]) }];
  },
  values: (node, { input, values }) => {
    const x = values(0);
    const shape = input(0).shape.map(Number);
    const order = orderOf(node, shape.length);
    const strides = rowMajor(shape);
    return (
      x &&
      viewed(
        x,
        order.map((i) => shape[i]),
        order.map((i) => strides[i]),
      )
    );
  },
  gradient: ofOneOutput((node, dY, { builder, shape }) => {
    const order = orderOf(node, shape(node.inputs[0]).shape.length);
    const perm = order.map((_, i) => order.indexOf(i));
    return [builder.node("Transpose", [dY], { name: `${node.name}.dX`, attributes: { perm } })];
  }),
};
