// GlobalAveragePool: each position gets an equal share of the gradient.
import { knownSize, type Operator, ofOneOutput } from "./operator.js";
import { globallyPooled } from "./pool.js";

export const globalAveragePool: Operator = {
  op: "GlobalAveragePool",
  shape: globallyPooled,
  gradient: ofOneOutput((node, dY, { builder, shape }) => {
    const info = shape(node.inputs[0]);
    const size = info.shape.slice(2).reduce<number>((product, _, i) => product * knownSize(info, i + 2), 1);
    const share = builder.node("Div", [dY, builder.scalar(size)], { name: `${node.name}.share` });
    const target = builder.node("Shape", [node.inputs[0]], { name: `${node.name}.shape` });
    return [builder.node("Expand", [share, target], { name: `${node.name}.dX` })];
  }),
};
