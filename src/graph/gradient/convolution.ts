// Gradient of Conv. With Y = W ⋆ X + b: dX = Wᵀ ⋆ dY (full correlation), dW = dY ⋆ X, db = Σ over images and positions of dY.
import { windowAttributes, windowOf } from "../convolution.js";
import { intAttribute } from "../graph.js";
import { type GradientRule, ofOneOutput } from "./rule.js";

const conv: GradientRule = ofOneOutput((node, dY, { builder, shape, wants }) => {
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
});

export const convolutionRules = { Conv: conv };
