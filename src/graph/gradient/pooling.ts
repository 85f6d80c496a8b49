// Gradients of pools.
import { windowAttributes, windowOf } from "../convolution.js";
import { intAttribute } from "../graph.js";
import { sizeOf } from "../tensor.js";
import { type GradientRule, ofOneOutput } from "./rule.js";

/** The largest element of each window gets its gradient; differentiate() has made the pool tell where it was. */
const maxPool: GradientRule = ofOneOutput((node, dY, { builder }) =>
  builder.training("MaxPoolGradient", [dY, node.outputs[1], node.inputs[0]], {
    name: `${node.name}.MaxPoolGradient`,
  }),
);

const averagePool: GradientRule = ofOneOutput((node, dY, { builder }) =>
  builder.training("AveragePoolGradient", [dY, node.inputs[0]], {
    name: `${node.name}.AveragePoolGradient`,
    attributes: {
      ...windowAttributes(windowOf(node)),
      ceil_mode: intAttribute(node, "ceil_mode", 0),
      count_include_pad: intAttribute(node, "count_include_pad", 0),
    },
  }),
);

/** Every position gets an equal share of the gradient. */
const globalAveragePool: GradientRule = ofOneOutput((node, dY, { builder, shape }) => {
  const size = sizeOf(shape(node.inputs[0]).shape.slice(2).map(Number));
  const share = builder.node("Mul", [dY, builder.scalar(1 / size)], { name: `${node.name}.share` });
  const target = builder.node("Shape", [node.inputs[0]], { name: `${node.name}.shape` });
  return [builder.node("Expand", [share, target], { name: `${node.name}.dX` })];
});

export const poolingRules = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
};
