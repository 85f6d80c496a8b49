// Gradients of activations. ReLU and Clip stay whole (ReluGradient, ClipGradient); the rest is written out.
import { intAttribute } from "../graph.js";
import { type GradientRule, ofOneOutput } from "./rule.js";

const relu: GradientRule = ofOneOutput((node, dY, { builder }) =>
  builder.training("ReluGradient", [dY, node.outputs[0]], { name: `${node.name}.ReluGradient` }),
);

/** Zero at the bounds themselves, as PyTorch's ReLU6 (hardtanh) has it. */
const clip: GradientRule = ofOneOutput((node, dY, { builder }) =>
  builder.training("ClipGradient", [dY, ...node.inputs], { name: `${node.name}.ClipGradient` }),
);

/** Y = σ(X): dX = dY · Y · (1 − Y). */
const sigmoid: GradientRule = ofOneOutput((node, dY, { builder }) => {
  const rest = builder.node("Sub", [builder.scalar(1), node.outputs[0]], { name: `${node.name}.rest` });
  const slope = builder.node("Mul", [node.outputs[0], rest], { name: `${node.name}.slope` });
  return [builder.node("Mul", [dY, slope], { name: `${node.name}.dX` })];
});

/** Y = softmax(X) along an axis: dX = Y · (dY − Σ dY · Y), the sum along that axis. */
const softmax: GradientRule = ofOneOutput((node, dY, { builder, shape }) => {
  const [y] = node.outputs;
  const axis = intAttribute(node, "axis", -1);
  const rank = shape(y).shape.length;
  const axes = builder.ints([axis < 0 ? axis + rank : axis], "axes");
  const product = builder.node("Mul", [dY, y], { name: `${node.name}.product` });
  const sum = builder.node("ReduceSum", [product, axes], {
    name: `${node.name}.sum`,
    attributes: { keepdims: 1 },
  });
  const rest = builder.node("Sub", [dY, sum], { name: `${node.name}.rest` });
  return [builder.node("Mul", [y, rest], { name: `${node.name}.dX` })];
});

export const activationRules = { Relu: relu, Clip: clip, Sigmoid: sigmoid, Softmax: softmax };
