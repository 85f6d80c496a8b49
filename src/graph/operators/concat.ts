// Concat: each input gets its part of the gradient.
import { intAttribute } from "../graph.js";
import { fromFront, plus } from "./dimensions.js";
import { knownSize, type Operator, ofOneOutput } from "./operator.js";

export const concat: Operator = {
  op: "Concat",
  shape: (node, { input }) => {
    const inputs = node.inputs.map((_, i) => input(i));
    const { type, shape } = inputs[0];
    const axis = fromFront(intAttribute(node, "axis", 0), shape.length);
    const total = inputs.map((of) => of.shape[axis]).reduce(plus);
    return [{ type, shape: shape.map((d, i) => (i === axis ? total : d)) }];
  },
  values: (node, { values, input }) => {
    // Tables joined along their last axis would have to be woven.
    if (fromFront(intAttribute(node, "axis", 0), input(0).shape.length) !== 0) return undefined;
    const parts = node.inputs.map((_, i) => values(i));
    return parts.some((part) => !part) ? undefined : parts.flatMap((part) => part ?? []);
  },
  gradient: ofOneOutput((node, dY, { builder, shape, wants }) => {
    const axis = intAttribute(node, "axis", 0);
    const sizes = node.inputs.map((input) => knownSize(shape(input), axis));
    const parts = builder.nodes("Split", [dY, builder.ints(sizes, "sizes")], {
      name: `${node.name}.split`,
      attributes: { axis },
      outputs: sizes.length,
    });
    return parts.map((part, i) => (wants(i) ? part : undefined));
  }),
};
