// Add and Sum. Each input gets the output's gradient.
import { plus } from "./dimensions.js";
import { infix } from "./expression.js";
import { broadcastInputs, elementwiseValues, type Operator, ofOneOutput, unbroadcast } from "./operator.js";

const addition: Omit<Operator, "op"> = {
  shape: broadcastInputs,
  values: elementwiseValues((...x) => x.reduce(plus)),
  gradient: ofOneOutput((node, dY, context) =>
    node.inputs.map((_, i) => (context.wants(i) ? unbroadcast(node, i, dY, context) : undefined)),
  ),
  expression: infix("+"),
  keepsZero: (zero) => zero.every(Boolean),
};

export const add: Operator = { op: "Add", ...addition, roles: ["bias", "bias"] };
export const sum: Operator = { op: "Sum", ...addition };
