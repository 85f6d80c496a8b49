// Relu: Y = max(X, 0). Its gradient stays whole: dX = dY where Y > 0, else 0.
import { TRAINING } from "../graph.js";
import { like, type Operator, ofOneOutput } from "./operator.js";

export const relu: Operator = {
  op: "Relu",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) =>
    builder.training("ReluGradient", [dY, node.outputs[0]], { name: `${node.name}.ReluGradient` }),
  ),
  expression: (_, { values: [x] }) => `(${x} < 0 ? 0 : ${x})`,
  keepsZero: ([zero]) => zero,
};

/** (dY, Y) → dX. */
export const reluGradient: Operator = {
  op: "ReluGradient",
  domain: TRAINING,
  shape: like,
  expression: (_, { values: [dY, y] }) => `(${y} > 0 ? ${dY} : 0)`,
  keepsZero: ([zero]) => zero,
};
