// Constant, ConstantOfShape and Shape: what is made of no element.
import { UserError } from "../../base/errors.js";
import { type Dimension, intAttribute, type Node } from "../graph.js";
import { known, type Operator } from "./operator.js";

export const constant: Operator = {
  op: "Constant",
  shape: (node) => {
    const { value } = node.attributes;
    if (typeof value === "object" && "tensor" in value) return [value.tensor];
    throw new UserError(`Constant node "${node.name}" holds no tensor.`);
  },
  values: (node) => {
    const { value } = node.attributes;
    return typeof value === "object" && "tensor" in value ? Array.from(value.tensor.data, Number) : undefined;
  },
};

const filling = ({ attributes: { value } }: Node) =>
  typeof value === "object" && "tensor" in value ? value.tensor : undefined;

export const constantOfShape: Operator = {
  op: "ConstantOfShape",
  shape: (node, { values }) => [
    { type: filling(node)?.type ?? "float32", shape: known(values(0), node, "shape") },
  ],
  values: (node, _, { shape: [length, ...more] }) =>
    typeof length === "number" && more.length === 0
      ? new Array<number>(length).fill(Number(filling(node)?.data[0] ?? 0))
      : undefined,
};

/** All dimensions, or those from `start` to before `end`. */
function dimensionsTold(node: Node, shape: readonly Dimension[]): readonly Dimension[] {
  return shape.slice(intAttribute(node, "start", 0), intAttribute(node, "end", shape.length));
}

export const shape: Operator = {
  op: "Shape",
  shape: (node, { input }) => [{ type: "int64", shape: [dimensionsTold(node, input(0).shape).length] }],
  values: (node, { input }) => dimensionsTold(node, input(0).shape),
};
