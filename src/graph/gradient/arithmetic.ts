// Gradients of sums, products and quotients, element by element, with broadcasting undone.

import type { Node } from "../graph.js";
import { type GradientContext, type GradientRule, ofOneOutput, unbroadcast } from "./rule.js";

/** Sums `gradient` (of the output's shape) down to the shape of input `index`. */
function down(node: Node, index: number, gradient: string, { builder, shape }: GradientContext): string {
  return unbroadcast(gradient, shape(node.outputs[0]), shape(node.inputs[index]), builder);
}

/** Add and Sum: every input gets the output's gradient. */
const sum: GradientRule = ofOneOutput((node, dY, context) =>
  node.inputs.map((_, i) => (context.wants(i) ? down(node, i, dY, context) : undefined)),
);

const subtract: GradientRule = ofOneOutput((node, dY, context) => [
  context.wants(0) ? down(node, 0, dY, context) : undefined,
  context.wants(1)
    ? down(node, 1, context.builder.node("Neg", [dY], { name: `${node.name}.dB` }), context)
    : undefined,
]);

const multiply: GradientRule = ofOneOutput((node, dY, context) =>
  [1, 0].map((other, i) =>
    context.wants(i)
      ? down(
          node,
          i,
          context.builder.node("Mul", [dY, node.inputs[other]], { name: `${node.name}.d${i}` }),
          context,
        )
      : undefined,
  ),
);

/** Y = A / B: dA = dY / B, dB = −dY · Y / B. */
const divide: GradientRule = ofOneOutput((node, dY, context) => {
  const { builder, wants } = context;
  const quotient = builder.node("Div", [dY, node.inputs[1]], { name: `${node.name}.dA` });
  const dB = () =>
    builder.node("Neg", [builder.node("Mul", [quotient, node.outputs[0]])], { name: `${node.name}.dB` });
  return [
    wants(0) ? down(node, 0, quotient, context) : undefined,
    wants(1) ? down(node, 1, dB(), context) : undefined,
  ];
});

const negate: GradientRule = ofOneOutput((node, dY, { builder }) => [
  builder.node("Neg", [dY], { name: `${node.name}.dX` }),
]);

export const arithmeticRules = { Add: sum, Sum: sum, Sub: subtract, Mul: multiply, Div: divide, Neg: negate };
