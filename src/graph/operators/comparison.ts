// Comparisons, and what is computed of truths: no gradient passes through them.
import type { Dimension } from "../graph.js";
import { asStored } from "./expression.js";
import {
  broadcastInputs,
  elementwiseValues,
  like,
  type Operator,
  ofNumbers,
  type ShapeRule,
} from "./operator.js";

const truths: ShapeRule = (node, context) => [{ ...broadcastInputs(node, context)[0], type: "bool" }];

const comparison = (op: string, sign: string, f: (a: number, b: number) => boolean): Operator => ({
  op,
  shape: truths,
  values: elementwiseValues(ofNumbers((a, b) => Number(f(a, b)))),
  expression: (_, { values, types }) =>
    `(${asStored(values[0], types[0])} ${sign} ${asStored(values[1], types[1])} ? 1 : 0)`,
});

/** The same name is the same size; a name and another size may be equal or not, but a size is never negative. */
function equal(a: Dimension, b: Dimension): number | undefined {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return 0;
  return [a, b].some((d) => typeof d === "number" && d < 0) ? 0 : undefined;
}

export const comparisons: readonly Operator[] = [
  comparison("Greater", ">", (a, b) => a > b),
  comparison("GreaterOrEqual", ">=", (a, b) => a >= b),
  comparison("Less", "<", (a, b) => a < b),
  comparison("LessOrEqual", "<=", (a, b) => a <= b),
  { ...comparison("Equal", "===", (a, b) => a === b), values: elementwiseValues(equal) },
  {
    op: "Not",
    shape: like,
    values: elementwiseValues(ofNumbers((x) => Number(!x))),
    expression: (_, { values: [x] }) => `(${x} ? 0 : 1)`,
  },
  {
    op: "And",
    shape: broadcastInputs,
    values: elementwiseValues(ofNumbers((a, b) => a & b)),
    expression: (_, { values: [a, b] }) => `(${a} & ${b})`,
  },
  {
    op: "Or",
    shape: broadcastInputs,
    values: elementwiseValues(ofNumbers((a, b) => a | b)),
    expression: (_, { values: [a, b] }) => `(${a} | ${b})`,
  },
];
