// Max and Min: the larger or smaller of all; NaN if one is. The chosen one gets the gradient; equals share it.
import { elementTypes } from "../onnx-types.js";
import type { Expression } from "./expression.js";
import {
  broadcastInputs,
  elementwiseValues,
  type Operator,
  ofNumbers,
  ofOneOutput,
  unbroadcast,
} from "./operator.js";

const extremum = (op: "Max" | "Min", f: (...x: number[]) => number): Operator => {
  const name = `Math.${op.toLowerCase()}`;
  const expression: Expression = (_, { values }) =>
    values.length === 1 ? values[0] : `${name}(${values.join(", ")})`;
  return {
    op,
    shape: broadcastInputs,
    values: elementwiseValues(ofNumbers(f)),
    gradient: ofOneOutput((node, dY, context) => {
      const { builder, wants } = context;
      const add = (made: string, inputs: readonly string[], attributes = {}) =>
        builder.node(made, inputs, { name: `${node.name}.d${made}`, attributes });
      const chosen = node.inputs.map((input) =>
        add("Cast", [add("Equal", [input, node.outputs[0]])], { to: elementTypes.float32.code }),
      );
      const share = add("Div", [dY, add("Sum", chosen)]);
      return node.inputs.map((_, i) =>
        wants(i) ? unbroadcast(node, i, add("Mul", [share, chosen[i]]), context) : undefined,
      );
    }),
    expression,
    keepsZero: (zero) => zero.every(Boolean),
  };
};

export const max = extremum("Max", Math.max);
export const min = extremum("Min", Math.min);
