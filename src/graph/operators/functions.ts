// Functions of one number.
import { ofOne } from "./expression.js";
import { elementwiseValues, like, type Operator, ofNumbers, ofOneOutput } from "./operator.js";

interface Function {
  readonly op: string;
  readonly of: (x: string) => string;
  /** Whether f(0) = 0. */
  readonly keepsZero?: boolean;
}

const named = (op: string, keepsZero = false): Function => ({
  op,
  of: (x) => `Math.${op.toLowerCase()}(${x})`,
  keepsZero,
});

const simple: readonly Function[] = [
  named("Exp"),
  named("Log"),
  named("Abs", true),
  named("Sqrt", true),
  named("Sign", true),
  named("Tanh", true),
  { op: "Reciprocal", of: (x) => `(1 / ${x})` },
  {
    op: "Softplus",
    of: (x) => `(Math.max(${x}, 0) + Math.log1p(Math.exp(-Math.abs(${x}))))`,
  },
];

export const functions: readonly Operator[] = [
  ...simple.map(
    ({ op, of, keepsZero }): Operator => ({
      op,
      shape: like,
      expression: ofOne(of),
      keepsZero: keepsZero ? ([zero]) => zero : undefined,
    }),
  ),
  {
    op: "Neg",
    shape: like,
    values: elementwiseValues(ofNumbers((x) => -x)),
    gradient: ofOneOutput((node, dY, { builder }) => [
      builder.node("Neg", [dY], { name: `${node.name}.dX` }),
    ]),
    expression: ofOne((x) => `(-${x})`),
    keepsZero: ([zero]) => zero,
  },
  {
    op: "Floor",
    shape: like,
    values: elementwiseValues(ofNumbers(Math.floor)),
    expression: ofOne((x) => `Math.floor(${x})`),
  },
  // Without an expression: engines that have none of their own leave them to those that do.
  { op: "Erf", shape: like },
  { op: "Round", shape: like },
];
