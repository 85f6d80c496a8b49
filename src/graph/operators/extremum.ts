// Max and Min: the larger or smaller of all; NaN if one is.
import type { Expression } from "./expression.js";
import { broadcastInputs, elementwiseValues, type Operator, ofNumbers } from "./operator.js";

const extremum = (op: "Max" | "Min", f: (...x: number[]) => number): Operator => {
  const name = `Math.${op.toLowerCase()}`;
  const expression: Expression = (_, { values }) =>
    values.length === 1 ? values[0] : `${name}(${values.join(", ")})`;
  return {
    op,
    shape: broadcastInputs,
    values: elementwiseValues(ofNumbers(f)),
    expression,
    keepsZero: (zero) => zero.every(Boolean),
  };
};

export const max = extremum("Max", Math.max);
export const min = extremum("Min", Math.min);
