// Softmax along an axis. Its gradient stays whole: dX = Y · (dY − Σ dY · Y), the sum along that axis.
import { intAttribute, TRAINING } from "../graph.js";
import { fromFront } from "./dimensions.js";
import { like, type Operator, ofOneOutput, stepsOf } from "./operator.js";

export const softmax: Operator = {
  op: "Softmax",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) =>
    builder.training("SoftmaxGradient", [dY, node.outputs[0]], {
      name: `${node.name}.SoftmaxGradient`,
      attributes: { axis: intAttribute(node, "axis", -1) },
    }),
  ),
};

/** (dY, Y) → dX. */
export const softmaxGradient: Operator = {
  op: "SoftmaxGradient",
  domain: TRAINING,
  shape: like,
  decomposition: (node, context) => {
    const { step, last } = stepsOf(node, context);
    const [dY, y] = node.inputs;
    const axis = fromFront(intAttribute(node, "axis", -1), context.shape(y).shape.length);
    const axes = context.builder.ints([axis], "axes");
    const sum = step("ReduceSum", [step("Mul", [dY, y]), axes], { keepdims: 1 });
    last("Mul", [y, step("Sub", [dY, sum])]);
  },
};
