// Conv. With Y = W ⋆ X + b: dX = Wᵀ ⋆ dY (full correlation), dW = dY ⋆ X, db = Σ over images and positions of dY.
import { outputDimension, windowAttributes, windowOf } from "../convolution.js";
import { intAttribute, TRAINING } from "../graph.js";
import { type Operator, ofOneOutput } from "./operator.js";

export const conv: Operator = {
  op: "Conv",
  shape: (node, { input }) => {
    const x = input(0);
    const w = input(1).shape;
    const window = windowOf(node, w.slice(2).map(Number));
    const size = ([0, 1] as const).map((axis) => outputDimension(window, x.shape[axis + 2], axis));
    return [{ type: x.type, shape: [x.shape[0], w[0], ...size] }];
  },
  gradient: ofOneOutput((node, dY, { builder, shape, wants }) => {
    const [x, w, bias] = node.inputs;
    const window = windowOf(node, shape(w).shape.slice(2).map(Number));
    const attributes = { ...windowAttributes(window), group: intAttribute(node, "group", 1) };
    const add = (op: string, inputs: readonly string[]) =>
      builder.training(op, inputs, { name: `${node.name}.${op}`, attributes })[0];
    return [
      wants(0) ? add("ConvInputGradient", [dY, w, x]) : undefined,
      wants(1) ? add("ConvWeightGradient", [dY, x, w]) : undefined,
      bias && wants(2)
        ? builder.node("ReduceSum", [dY, builder.ints([0, 2, 3], "axes")], {
            name: `${node.name}.biasGradient`,
            attributes: { keepdims: 0 },
          })
        : undefined,
    ];
  }),
  roles: [undefined, "weight", "bias"],
};

/** (dY, W, X) → dX; of X only the shape counts. */
export const convInputGradient: Operator = {
  op: "ConvInputGradient",
  domain: TRAINING,
  shape: (_, { input }) => [input(2)],
};

/** (dY, X, W) → dW; of W only the shape counts. */
export const convWeightGradient: Operator = {
  op: "ConvWeightGradient",
  domain: TRAINING,
  shape: (_, { input }) => [input(2)],
};
