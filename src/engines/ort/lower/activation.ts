// Gelu and Swish, and the gradients of ReLU and Clip.
import { floatAttribute, stringAttribute } from "../../../graph/graph.js";
import type { Lowering } from "./lowering.js";

/** HardSigmoid with a slope this steep is 1 for every normal positive number and 0 for 0: a mask in one cheap pass. */
const STEEP = 3e38;

/** ONNX Runtime's own operators, in one pass over memory. */
export const gelu: Lowering = (node, { builder }) => {
  const op = stringAttribute(node, "approximate", "none") === "tanh" ? "FastGelu" : "Gelu";
  builder.nodes(op, node.inputs, { name: node.name, domain: "com.microsoft", outputs: node.outputs });
};

export const swish: Lowering = (node, { builder }) => {
  const attributes = { alpha: { float: floatAttribute(node, "alpha", 1) } };
  builder.nodes("QuickGelu", node.inputs, {
    name: node.name,
    domain: "com.microsoft",
    attributes,
    outputs: node.outputs,
  });
};

export const reluGradient: Lowering = (node, { builder }) => {
  const [dY, y] = node.inputs;
  const mask = builder.node("HardSigmoid", [y], {
    name: `${node.name}.mask`,
    attributes: { alpha: { float: STEEP }, beta: { float: 0 } },
  });
  builder.node("Mul", [dY, mask], { name: node.name, outputs: [node.outputs[0]] });
};

export const clipGradient: Lowering = (node, { builder }) => {
  const [dY, x, low, high] = node.inputs;
  const inside = [
    ...(low ? [builder.node("Greater", [x, low], { name: `${node.name}.above` })] : []),
    ...(high ? [builder.node("Less", [x, high], { name: `${node.name}.below` })] : []),
  ];
  if (inside.length === 0) {
    builder.node("Identity", [dY], { name: node.name, outputs: [node.outputs[0]] });
    return;
  }
  const mask = inside.length === 1 ? inside[0] : builder.node("And", inside, { name: `${node.name}.inside` });
  builder.node("Where", [mask, dY, builder.scalar(0)], { name: node.name, outputs: [node.outputs[0]] });
};
