// PRelu: Y = X where X > 0, else slope · X, the slope learned (He et al. 2015, arXiv:1502.01852).
import { broadcastInputs, type Operator, ofOneOutput, unbroadcast } from "./operator.js";

export const prelu: Operator = {
  op: "PRelu",
  shape: broadcastInputs,
  roles: [undefined, "weight"],
  gradient: ofOneOutput((node, dY, context) => {
    const { builder, wants } = context;
    const [x, slope] = node.inputs;
    const add = (op: string, inputs: readonly string[]) =>
      builder.node(op, inputs, { name: `${node.name}.d${op}` });
    const positive = add("Greater", [x, builder.scalar(0)]);
    const dX = () => add("Where", [positive, dY, add("Mul", [dY, slope])]);
    const dSlope = () => add("Where", [positive, builder.scalar(0), add("Mul", [dY, x])]);
    return [wants(0) ? dX() : undefined, wants(1) ? unbroadcast(node, 1, dSlope(), context) : undefined];
  }),
  expression: (_, { values: [x, slope] }) => `(${x} < 0 ? ${slope} * ${x} : ${x})`,
  keepsZero: ([zero]) => zero,
};
