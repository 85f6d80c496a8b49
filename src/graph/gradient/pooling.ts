// Gradients of pools.
import { windowAttributes, windowOf } from "../convolution.js";
import { intAttribute } from "../graph.js";
import { type GradientRule, knownSize, ofOneOutput } from "./rule.js";

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
  const info = shape(node.inputs[0]);
  const size = info.shape.slice(2).reduce<number>((product, _, i) => product * knownSize(info, i + 2), 1);
  const share = builder.node("Div", [dY, builder.scalar(size)], { name: `${node.name}.share` });
  const target = builder.node("Shape", [node.inputs[0]], { name: `${node.name}.shape` });
  return [builder.node("Expand", [share, target], { name: `${node.name}.dX` })];
});

export const poolingRules = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
};
