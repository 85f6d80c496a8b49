// Gradients of activations. ReLU and Clip stay whole (ReluGradient, ClipGradient); the rest is written out.
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

export const activationRules = { Relu: relu, Clip: clip, Sigmoid: sigmoid };
