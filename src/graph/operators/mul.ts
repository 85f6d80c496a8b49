// Mul: Y = A · B, dA = dY · B, dB = dY · A.
import { times } from "./dimensions.js";
import { infix } from "./expression.js";
import { broadcastInputs, elementwiseValues, type Operator, ofOneOutput, unbroadcast } from "./operator.js";

export const mul: Operator = {
  op: "Mul",
  shape: broadcastInputs,
  values: elementwiseValues(times),
  gradient: ofOneOutput((node, dY, context) =>
    [1, 0].map((other, i) => {
      if (!context.wants(i)) return undefined;
      const product = context.builder.node("Mul", [dY, node.inputs[other]], { name: `${node.name}.d${i}` });
      return unbroadcast(node, i, product, context);
    }),
  ),
  roles: ["weight", "weight"],
  expression: infix("*"),
  keepsZero: (zero) => zero.some(Boolean),
};
