// MaxPool: the largest element of each window gets the window's gradient.
import { TRAINING } from "../graph.js";
import { type Operator, ofOneOutput } from "./operator.js";
import { pooled } from "./pool.js";

export const maxPool: Operator = {
  op: "MaxPool",
  shape: pooled,
  gradientOutputs: 2,
  // The second output says where the largest element was.
  gradient: ofOneOutput((node, dY, { builder }) =>
    builder.training("MaxPoolGradient", [dY, node.outputs[1], node.inputs[0]], {
      name: `${node.name}.MaxPoolGradient`,
    }),
  ),
};

/** (dY, Indices, X) → dX; of X only the shape counts. */
export const maxPoolGradient: Operator = {
  op: "MaxPoolGradient",
  domain: TRAINING,
  shape: (_, { input }) => [input(2)],
};
