// Gradients of operators that only move elements.
import { intAttribute, intsAttribute } from "../graph.js";
import { type GradientRule, knownSize, ofOneOutput } from "./rule.js";

const identity: GradientRule = ofOneOutput((_, dY) => [dY]);

/** Flatten, Reshape, Squeeze, Unsqueeze: back to the input's shape. */
const reshape: GradientRule = ofOneOutput((node, dY, { builder }) => {
  const target = builder.node("Shape", [node.inputs[0]], { name: `${node.name}.shape` });
  return [builder.node("Reshape", [dY, target], { name: `${node.name}.dX` })];
});

const transpose: GradientRule = ofOneOutput((node, dY, { builder, shape }) => {
  const rank = shape(node.inputs[0]).shape.length;
  const order = intsAttribute(node, "perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const perm = Array.from({ length: rank }, (_, i) => order.indexOf(i));
  return [builder.node("Transpose", [dY], { name: `${node.name}.dX`, attributes: { perm } })];
});

const concat: GradientRule = ofOneOutput((node, dY, { builder, shape, wants }) => {
  const axis = intAttribute(node, "axis", 0);
  const sizes = node.inputs.map((input) => knownSize(shape(input), axis));
  const parts = builder.nodes("Split", [dY, builder.ints(sizes, "sizes")], {
    name: `${node.name}.split`,
    attributes: { axis },
    outputs: sizes.length,
  });
  return parts.map((part, i) => (wants(i) ? part : undefined));
});

export const layoutRules = {
  Identity: identity,
  Dropout: identity,
  Flatten: reshape,
  Reshape: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Concat: concat,
};
