// Softmax along an axis: dX = Y · (dY − Σ dY · Y), the sum along that axis.
import { intAttribute } from "../graph.js";
import { fromFront } from "./dimensions.js";
import { like, type Operator, ofOneOutput } from "./operator.js";

export const softmax: Operator = {
  op: "Softmax",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder, shape }) => {
    const [y] = node.outputs;
    const axis = fromFront(intAttribute(node, "axis", -1), shape(y).shape.length);
    const product = builder.node("Mul", [dY, y], { name: `${node.name}.product` });
    const sum = builder.node("ReduceSum", [product, builder.ints([axis], "axes")], {
      name: `${node.name}.sum`,
      attributes: { keepdims: 1 },
    });
    const rest = builder.node("Sub", [dY, sum], { name: `${node.name}.rest` });
    return [builder.node("Mul", [y, rest], { name: `${node.name}.dX` })];
  }),
};
