// HardSwish: Y = X · min(max(X / 6 + 1/2, 0), 1) (Howard et al. 2019, arXiv:1905.02244).
import { like, type Operator, stepsOf } from "./operator.js";

export const hardSwish: Operator = {
  op: "HardSwish",
  shape: like,
  decomposition: (node, context) => {
    const { step, last } = stepsOf(node, context);
    const [x] = node.inputs;
    last("Mul", [x, step("HardSigmoid", [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })]);
  },
  expression: (_, { values: [x] }) => `(${x} * Math.min(Math.max(${x} / 6 + 0.5, 0), 1))`,
  keepsZero: ([zero]) => zero,
};
