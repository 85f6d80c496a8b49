// Cast: the same numbers in another type; the gradient is cast back.
import { UserError } from "../../base/errors.js";
import { intAttribute, type Node } from "../graph.js";
import { elementTypes, typeOfCode } from "../onnx-types.js";
import type { DataType } from "../tensor.js";
import { asStored, isWhole } from "./expression.js";
import { elementwiseValues, type Operator, ofOneOutput } from "./operator.js";

function targetOf(node: Node): DataType {
  const type = typeOfCode(intAttribute(node, "to", 0));
  if (!type) throw new UserError(`Cast node "${node.name}" makes an element type that is not supported.`);
  return type;
}

export const cast: Operator = {
  op: "Cast",
  shape: (node, { input }) => [{ type: targetOf(node), shape: input(0).shape }],
  values: (node, context, output) =>
    elementwiseValues((x) => {
      if (output.type === "bool") return typeof x === "number" ? Number(x !== 0) : undefined;
      return typeof x === "number" && isWhole(output.type) ? Math.trunc(x) : x;
    })(node, context, output),
  gradient: ofOneOutput((node, dY, { builder, shape }) => [
    builder.node("Cast", [dY], {
      name: `${node.name}.dX`,
      attributes: { to: elementTypes[shape(node.inputs[0]).type].code },
    }),
  ]),
  expression: (node, { values: [x], types: [from] }) => {
    const to = targetOf(node);
    if (to === "bool") return `(${x} !== 0 ? 1 : 0)`;
    if (isWhole(to)) return isWhole(from) || from === "bool" ? x : `Math.trunc(${x})`;
    if (to === "float64") return asStored(x, from);
    return x;
  },
  keepsZero: ([zero]) => zero,
};
