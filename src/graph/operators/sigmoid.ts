// Sigmoid: Y = 1 / (1 + e^−X), dX = dY · Y · (1 − Y).
import { ofOne } from "./expression.js";
import { like, type Operator, ofOneOutput } from "./operator.js";

export const sigmoid: Operator = {
  op: "Sigmoid",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) => {
    const [y] = node.outputs;
    const rest = builder.node("Sub", [builder.scalar(1), y], { name: `${node.name}.rest` });
    const slope = builder.node("Mul", [y, rest], { name: `${node.name}.slope` });
    return [builder.node("Mul", [dY, slope], { name: `${node.name}.dX` })];
  }),
  expression: ofOne((x) => `(1 / (1 + Math.exp(-${x})))`),
};
