// LeakyRelu: Y = X where X > 0, else alpha · X.
import { floatAttribute, type Node } from "../graph.js";
import { like, type Operator, ofOneOutput } from "./operator.js";

const slopeOf = (node: Node) => floatAttribute(node, "alpha", 0.01);

export const leakyRelu: Operator = {
  op: "LeakyRelu",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) => {
    const positive = builder.node("Greater", [node.inputs[0], builder.scalar(0)], {
      name: `${node.name}.positive`,
    });
    const less = builder.node("Mul", [dY, builder.scalar(slopeOf(node))], { name: `${node.name}.less` });
    return [builder.node("Where", [positive, dY, less], { name: `${node.name}.dX` })];
  }),
  expression: (node, { values: [x] }) => `(${x} < 0 ? ${slopeOf(node)} * ${x} : ${x})`,
  keepsZero: ([zero]) => zero,
};
