// Div: Y = A / B, dA = dY / B, dB = −dY · Y / B. Integers are rounded towards zero.
import { over } from "./dimensions.js";
import { infix, isWhole } from "./expression.js";
import { broadcastInputs, elementwiseValues, type Operator, ofOneOutput, unbroadcast } from "./operator.js";

export const div: Operator = {
  op: "Div",
  shape: broadcastInputs,
  values: (node, context, output) =>
    elementwiseValues((a, b) =>
      typeof a === "number" && typeof b === "number" && !isWhole(output.type) ? a / b : over(a, b),
    )(node, context, output),
  gradient: ofOneOutput((node, dY, context) => {
    const { builder, wants } = context;
    const quotient = builder.node("Div", [dY, node.inputs[1]], { name: `${node.name}.dA` });
    const dB = () =>
      builder.node("Neg", [builder.node("Mul", [quotient, node.outputs[0]])], { name: `${node.name}.dB` });
    return [
      wants(0) ? unbroadcast(node, 0, quotient, context) : undefined,
      wants(1) ? unbroadcast(node, 1, dB(), context) : undefined,
    ];
  }),
  expression: (node, operands) => {
    const quotient = infix("/")(node, operands);
    return isWhole(operands.types[0]) ? `Math.trunc${quotient}` : quotient;
  },
  keepsZero: (zero) => zero[0] && !zero[1],
};
