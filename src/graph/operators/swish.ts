// Swish, or SiLU: Y = X · σ(alpha · X) (Ramachandran et al. 2017, arXiv:1710.05941). Its gradient stays whole.
import { floatAttribute, type Node, TRAINING } from "../graph.js";
import { like, type Operator, ofOneOutput, stepsOf } from "./operator.js";

const alphaOf = (node: Node) => floatAttribute(node, "alpha", 1);
const sigmoid = (node: Node, x: string) => `(1 / (1 + Math.exp(-${alphaOf(node)} * ${x})))`;

export const swish: Operator = {
  op: "Swish",
  since: 24,
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) =>
    builder.training("SwishGradient", [dY, node.inputs[0]], {
      name: `${node.name}.SwishGradient`,
      attributes: { alpha: { float: alphaOf(node) } },
    }),
  ),
  decomposition: (node, context) => {
    const { step, last, number } = stepsOf(node, context);
    const [x] = node.inputs;
    const scaled = alphaOf(node) === 1 ? x : step("Mul", [x, number(alphaOf(node))]);
    last("Mul", [x, step("Sigmoid", [scaled])]);
  },
  expression: (node, { values: [x] }) => `(${x} * ${sigmoid(node, x)})`,
  keepsZero: ([zero]) => zero,
};

/** (dY, X) → dX. With s = σ(alpha · X): dX = dY · s · (1 + alpha · X · (1 − s)). */
export const swishGradient: Operator = {
  op: "SwishGradient",
  domain: TRAINING,
  shape: like,
  decomposition: (node, context) => {
    const { step, last, number } = stepsOf(node, context);
    const [dY, x] = node.inputs;
    const scaled = alphaOf(node) === 1 ? x : step("Mul", [x, number(alphaOf(node))]);
    const s = step("Sigmoid", [scaled]);
    const rise = step("Mul", [scaled, step("Sub", [number(1), s])]);
    last("Mul", [dY, step("Mul", [s, step("Add", [rise, number(1)])])]);
  },
  keepsZero: ([zero]) => zero,
};
