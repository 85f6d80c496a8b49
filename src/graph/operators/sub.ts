// Sub: Y = A − B, dA = dY, dB = −dY.
import { minus } from "./dimensions.js";
import { infix } from "./expression.js";
import { broadcastInputs, elementwiseValues, type Operator, ofOneOutput, unbroadcast } from "./operator.js";

export const sub: Operator = {
  op: "Sub",
  shape: broadcastInputs,
  values: elementwiseValues(minus),
  gradient: ofOneOutput((node, dY, context) => [
    context.wants(0) ? unbroadcast(node, 0, dY, context) : undefined,
    context.wants(1)
      ? unbroadcast(node, 1, context.builder.node("Neg", [dY], { name: `${node.name}.dB` }), context)
      : undefined,
  ]),
  expression: infix("-"),
  keepsZero: (zero) => zero.every(Boolean),
};
