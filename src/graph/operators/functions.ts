// Functions of one number, with their derivatives.
import type { GraphBuilder } from "../builder.js";
import type { Dimension, Node } from "../graph.js";
import { ofOne } from "./expression.js";
import { elementwiseValues, like, type Operator, ofNumbers, ofOneOutput } from "./operator.js";

/** Adds nodes under names of the node's gradient. */
type Add = (op: string, inputs: readonly string[]) => string;

interface NumberFunction {
  readonly op: string;
  /** JavaScript. */
  readonly of: (x: string) => string;
  /** dX from dY, X and Y; none: a step function, whose gradient is zero wherever it has one. */
  readonly gradient?: (dY: string, x: string, y: string, add: Add, builder: GraphBuilder) => string;
  /** Whether f(0) = 0. */
  readonly keepsZero?: boolean;
  /** Of numbers that sizes are computed with. */
  readonly value?: (x: number) => number;
}

/**
 * erf(x): near 0 the first terms of its series, elsewhere 1 − erfc(|x|) with the Chebyshev fit of erfc (relative error
 * below 1.2e−7) from W. H. Press et al., Numerical Recipes, second edition, section 6.2.
 */
function erf(x: string): string {
  const series = [1, -1 / 3, 1 / 10, -1 / 42, 1 / 216, -1 / 1320, 1 / 9360, -1 / 75600];
  const fit = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398];
  const more = [1.48851587, -0.82215223, 0.17087277];
  const horner = (coefficients: readonly number[], at: string) =>
    coefficients.reduceRight((sum, c) => (sum === "" ? `(${c})` : `(${c} + ${at} * ${sum})`), "");
  const near = `${2 / Math.sqrt(Math.PI)} * ${x} * ${horner(series, `(${x} * ${x})`)}`;
  const t = `(1 / (1 + 0.5 * Math.abs(${x})))`;
  const tail = `${t} * Math.exp(-${x} * ${x} + ${horner([...fit, ...more], t)})`;
  return `(Math.abs(${x}) < 0.5 ? ${near} : Math.sign(${x}) * (1 - ${tail}))`;
}

const table: readonly NumberFunction[] = [
  {
    op: "Neg",
    of: (x) => `(-${x})`,
    gradient: (dY, _x, _y, add) => add("Neg", [dY]),
    keepsZero: true,
    value: (x) => -x,
  },
  {
    op: "Abs",
    of: (x) => `Math.abs(${x})`,
    gradient: (dY, x, _, add) => add("Mul", [dY, add("Sign", [x])]),
    keepsZero: true,
    value: Math.abs,
  },
  { op: "Exp", of: (x) => `Math.exp(${x})`, gradient: (dY, _, y, add) => add("Mul", [dY, y]) },
  { op: "Log", of: (x) => `Math.log(${x})`, gradient: (dY, x, _, add) => add("Div", [dY, x]) },
  {
    op: "Sqrt",
    of: (x) => `Math.sqrt(${x})`,
    gradient: (dY, _, y, add, builder) => add("Div", [add("Mul", [dY, builder.scalar(0.5)]), y]),
    keepsZero: true,
    value: Math.sqrt,
  },
  {
    op: "Reciprocal",
    of: (x) => `(1 / ${x})`,
    gradient: (dY, _, y, add) => add("Neg", [add("Mul", [dY, add("Mul", [y, y])])]),
  },
  {
    op: "Tanh",
    of: (x) => `Math.tanh(${x})`,
    gradient: (dY, _, y, add, builder) =>
      add("Mul", [dY, add("Sub", [builder.scalar(1), add("Mul", [y, y])])]),
    keepsZero: true,
  },
  {
    op: "Sigmoid",
    of: (x) => `(1 / (1 + Math.exp(-${x})))`,
    gradient: (dY, _, y, add, builder) =>
      add("Mul", [dY, add("Mul", [y, add("Sub", [builder.scalar(1), y])])]),
  },
  {
    op: "Softplus",
    of: (x) => `(Math.max(${x}, 0) + Math.log1p(Math.exp(-Math.abs(${x}))))`,
    gradient: (dY, x, _, add) => add("Mul", [dY, add("Sigmoid", [x])]),
  },
  {
    // d erf(x)/dx = 2/√π · e^(−x²)
    op: "Erf",
    of: erf,
    gradient: (dY, x, _, add, builder) => {
      const bell = add("Exp", [add("Neg", [add("Mul", [x, x])])]);
      return add("Mul", [dY, add("Mul", [bell, builder.scalar(2 / Math.sqrt(Math.PI))])]);
    },
    keepsZero: true,
  },
  { op: "Sign", of: (x) => `Math.sign(${x})`, keepsZero: true, value: Math.sign },
  { op: "Floor", of: (x) => `Math.floor(${x})`, keepsZero: true, value: Math.floor },
  { op: "Ceil", of: (x) => `Math.ceil(${x})`, keepsZero: true, value: Math.ceil },
];

function operator({ op, of, gradient, keepsZero, value }: NumberFunction): Operator {
  const rule = (node: Node, dY: string, builder: GraphBuilder) => {
    const add: Add = (made, inputs) => builder.node(made, inputs, { name: `${node.name}.d${op}` });
    return gradient ? [gradient(dY, node.inputs[0], node.outputs[0], add, builder)] : [];
  };
  return {
    op,
    shape: like,
    values: value && elementwiseValues(ofNumbers(value) as (x: Dimension) => Dimension | undefined),
    gradient: ofOneOutput((node, dY, { builder }) => rule(node, dY, builder)),
    expression: ofOne(of),
    keepsZero: keepsZero ? ([zero]) => zero : undefined,
  };
}

export const functions: readonly Operator[] = [
  ...table.map(operator),
  // Half to even, which JavaScript has no word for.
  { op: "Round", shape: like, gradient: () => [] },
];
