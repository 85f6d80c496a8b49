// Gelu: Y = X · Φ(X), with Φ the normal distribution's, by erf or approximated by tanh (Hendrycks and Gimpel 2016,
// arXiv:1606.08415).
import { type Attribute, type Node, stringAttribute, TRAINING } from "../graph.js";
import { functions } from "./functions.js";
import { like, type Operator, ofOneOutput, stepsOf } from "./operator.js";

const isApproximate = (node: Node) => stringAttribute(node, "approximate", "none") === "tanh";

const ROOT_HALF = Math.SQRT1_2;
/** √(2/π), of the approximation: tanh(FACTOR · (x + CUBIC · x³)). */
const FACTOR = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const erfOf = functions.find(({ op }) => op === "Erf")?.expression;

export const gelu: Operator = {
  op: "Gelu",
  since: 20,
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) =>
    builder.training("GeluGradient", [dY, node.inputs[0]], {
      name: `${node.name}.GeluGradient`,
      attributes: node.attributes as Record<string, Attribute>,
    }),
  ),
  decomposition: (node, context) => {
    const { step, last, number } = stepsOf(node, context);
    const [x] = node.inputs;
    if (isApproximate(node)) {
      const cube = step("Mul", [step("Mul", [x, x]), x]);
      const inner = step("Add", [x, step("Mul", [cube, number(CUBIC)])]);
      const t = step("Tanh", [step("Mul", [inner, number(FACTOR)])]);
      last("Mul", [step("Mul", [x, number(0.5)]), step("Add", [t, number(1)])]);
      return;
    }
    // As PyTorch exports it, so that runtimes know it again.
    const erf = step("Erf", [step("Div", [x, number(Math.SQRT2)])]);
    last("Mul", [step("Mul", [x, step("Add", [erf, number(1)])]), number(0.5)]);
  },
  expression: (node, { values: [x], types }) => {
    if (isApproximate(node))
      return `(0.5 * ${x} * (1 + Math.tanh(${FACTOR} * (${x} + ${CUBIC} * ${x} * ${x} * ${x}))))`;
    return `(0.5 * ${x} * (1 + ${erfOf?.(node, { values: [`(${x} * ${ROOT_HALF})`], types })}))`;
  },
  keepsZero: ([zero]) => zero,
};

/** (dY, X) → dX. */
export const geluGradient: Operator = {
  op: "GeluGradient",
  domain: TRAINING,
  shape: like,
  /** Φ(x) + x · Φ′(x). */
  decomposition: (node, context) => {
    const { step, last, number } = stepsOf(node, context);
    const [dY, x] = node.inputs;
    const square = step("Mul", [x, x]);
    if (isApproximate(node)) {
      const cubic = step("Mul", [square, number(CUBIC)]);
      const inner = step("Mul", [x, step("Add", [cubic, number(1)])]);
      const t = step("Tanh", [step("Mul", [inner, number(FACTOR)])]);
      const rise = step("Mul", [step("Add", [step("Mul", [cubic, number(3)]), number(1)]), number(FACTOR)]);
      const bend = step("Mul", [step("Sub", [number(1), step("Mul", [t, t])]), step("Mul", [x, rise])]);
      const twice = step("Add", [step("Add", [t, number(1)]), bend]);
      last("Mul", [dY, step("Mul", [twice, number(0.5)])]);
      return;
    }
    const erf = step("Erf", [step("Mul", [x, number(ROOT_HALF)])]);
    const share = step("Mul", [step("Add", [erf, number(1)]), number(0.5)]);
    const bell = step("Mul", [step("Exp", [step("Mul", [square, number(-0.5)])]), number(FACTOR / 2)]);
    last("Mul", [dY, step("Add", [share, step("Mul", [x, bell])])]);
  },
};
