// Mod: the remainder, with the divisor's sign (of integers; with `fmod` the dividend's). No gradient passes through it.
import { intAttribute } from "../graph.js";
import { broadcastInputs, elementwiseValues, type Operator, ofNumbers } from "./operator.js";

export const mod: Operator = {
  op: "Mod",
  shape: broadcastInputs,
  values: (node, context, output) =>
    elementwiseValues(
      ofNumbers((a, b) => (intAttribute(node, "fmod", 0) === 1 ? a % b : a - b * Math.floor(a / b))),
    )(node, context, output),
  expression: (node, { values: [a, b] }) =>
    intAttribute(node, "fmod", 0) === 1 ? `(${a} % ${b})` : `(${a} - ${b} * Math.floor(${a} / ${b}))`,
};
