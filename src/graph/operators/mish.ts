// Mish: Y = X · tanh(ln(1 + e^X)) (Misra 2019, arXiv:1908.08681).
import { like, type Operator, stepsOf } from "./operator.js";

export const mish: Operator = {
  op: "Mish",
  since: 18,
  shape: like,
  decomposition: (node, context) => {
    const { step, last } = stepsOf(node, context);
    const [x] = node.inputs;
    last("Mul", [x, step("Tanh", [step("Softplus", [x])])]);
  },
};
