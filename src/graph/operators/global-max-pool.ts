// GlobalMaxPool: a MaxPool whose window is the whole image.
import { knownSize, type Operator, stepsOf } from "./operator.js";
import { globallyPooled } from "./pool.js";

export const globalMaxPool: Operator = {
  op: "GlobalMaxPool",
  shape: globallyPooled,
  decomposition: (node, context) => {
    const info = context.shape(node.inputs[0]);
    const { last } = stepsOf(node, context);
    last("MaxPool", [node.inputs[0]], { kernel_shape: [knownSize(info, 2), knownSize(info, 3)] });
  },
};
