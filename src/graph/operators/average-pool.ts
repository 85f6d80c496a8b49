// AveragePool: each element of a window gets an equal share of its gradient.
import { windowAttributes, windowOf } from "../convolution.js";
import { intAttribute, TRAINING } from "../graph.js";
import { type Operator, ofOneOutput } from "./operator.js";
import { pooled } from "./pool.js";

export const averagePool: Operator = {
  op: "AveragePool",
  shape: pooled,
  gradient: ofOneOutput((node, dY, { builder }) =>
    builder.training("AveragePoolGradient", [dY, node.inputs[0]], {
      name: `${node.name}.AveragePoolGradient`,
      attributes: {
        ...windowAttributes(windowOf(node)),
        ceil_mode: intAttribute(node, "ceil_mode", 0),
        count_include_pad: intAttribute(node, "count_include_pad", 0),
      },
    }),
  ),
};

/** (dY, X) → dX; of X only the shape counts. */
export const averagePoolGradient: Operator = {
  op: "AveragePoolGradient",
  domain: TRAINING,
  shape: (_, { input }) => [input(1)],
};
