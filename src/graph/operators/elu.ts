// Elu: Y = X where X > 0, else alpha · (e^X − 1), whose derivative is Y + alpha (Clevert et al. 2015, arXiv:1511.07289).
import { floatAttribute, type Node } from "../graph.js";
import { like, type Operator, ofOneOutput } from "./operator.js";

const alphaOf = (node: Node) => floatAttribute(node, "alpha", 1);

export const elu: Operator = {
  op: "Elu",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) => {
    const add = (op: string, inputs: readonly string[]) =>
      builder.node(op, inputs, { name: `${node.name}.d${op}` });
    const positive = add("Greater", [node.inputs[0], builder.scalar(0)]);
    const slope = add("Add", [node.outputs[0], builder.scalar(alphaOf(node))]);
    return [add("Where", [positive, dY, add("Mul", [dY, slope])])];
  }),
  expression: (node, { values: [x] }) => `(${x} < 0 ? ${alphaOf(node)} * Math.expm1(${x}) : ${x})`,
  keepsZero: ([zero]) => zero,
};
