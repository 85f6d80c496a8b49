// HardSigmoid: Y = min(max(alpha · X + beta, 0), 1).
import { floatAttribute } from "../graph.js";
import { clipped } from "./clip.js";
import { like, type Operator } from "./operator.js";

export const hardSigmoid: Operator = {
  op: "HardSigmoid",
  shape: like,
  expression: (node, { values: [x] }) =>
    clipped(
      `(${floatAttribute(node, "alpha", 0.2)} * ${x} + ${floatAttribute(node, "beta", 0.5)})`,
      "0",
      "1",
    ),
};
