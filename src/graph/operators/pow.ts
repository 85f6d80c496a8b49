// Pow: Y = A ^ B, dA = dY · B · A^(B − 1), dB = dY · Y · ln A, and 0 where A is not above 0.
import { call } from "./expression.js";
import {
  broadcastInputs,
  elementwiseValues,
  type Operator,
  ofNumbers,
  ofOneOutput,
  unbroadcast,
} from "./operator.js";

export const pow: Operator = {
  op: "Pow",
  shape: broadcastInputs,
  values: elementwiseValues(ofNumbers((a, b) => a ** b)),
  gradient: ofOneOutput((node, dY, context) => {
    const { builder, values, wants } = context;
    const [a, b] = node.inputs;
    const add = (op: string, inputs: readonly string[]) =>
      builder.node(op, inputs, { name: `${node.name}.d${op}` });
    const dA = () => {
      // A square's needs no logarithm, and has a sign.
      const exponents = values(b);
      const isSquare = exponents?.length === 1 && exponents[0] === 2;
      const slope = isSquare
        ? add("Mul", [a, builder.scalar(2)])
        : add("Mul", [b, add("Pow", [a, add("Sub", [b, builder.scalar(1)])])]);
      return add("Mul", [dY, slope]);
    };
    const dB = () => {
      const isPositive = add("Greater", [a, builder.scalar(0)]);
      const logarithm = add("Log", [add("Where", [isPositive, a, builder.scalar(1)])]);
      return add("Mul", [dY, add("Mul", [node.outputs[0], logarithm])]);
    };
    return [
      wants(0) ? unbroadcast(node, 0, dA(), context) : undefined,
      wants(1) ? unbroadcast(node, 1, dB(), context) : undefined,
    ];
  }),
  expression: call("Math.pow"),
};
