// HardSigmoid: Y = min(max(alpha · X + beta, 0), 1), dX = alpha · dY where 0 < Y < 1.
import { floatAttribute } from "../graph.js";
import { clipped } from "./clip.js";
import { like, type Operator, ofOneOutput } from "./operator.js";

export const hardSigmoid: Operator = {
  op: "HardSigmoid",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) => {
    const alpha = builder.scalar(floatAttribute(node, "alpha", 0.2));
    const scaled = builder.node("Mul", [dY, alpha], { name: `${node.name}.scaled` });
    return builder.training("ClipGradient", [scaled, node.outputs[0], builder.scalar(0), builder.scalar(1)], {
      name: `${node.name}.ClipGradient`,
    });
  }),
  expression: (node, { values: [x] }) =>
    clipped(
      `(${floatAttribute(node, "alpha", 0.2)} * ${x} + ${floatAttribute(node, "beta", 0.5)})`,
      "0",
      "1",
    ),
};
