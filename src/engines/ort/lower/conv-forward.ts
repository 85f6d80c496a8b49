// Conv with weights that change from run to run, which ONNX Runtime can neither block nor fuse.
import { windowOf } from "../../../graph/convolution.js";
import { intAttribute } from "../../../graph/graph.js";
import { fixed, type Lowering } from "./lowering.js";
import { gatheredConvolution, isSmall } from "./patches.js";

export const changingConvolution: Lowering = (node, { builder, shape }) => {
  const [x, weight, bias] = node.inputs;
  const [output] = node.outputs;
  const [filters, channels, ...kernel] = shape(weight).shape.map(Number);
  const size = [fixed(shape(output), 2), fixed(shape(output), 3)];
  if (intAttribute(node, "group", 1) > 1 || !isSmall(size)) {
    builder.graph.nodes.push(node);
    return;
  }
  const window = windowOf(node, kernel);
  gatheredConvolution(builder, { x, weight, bias, filters, channels, window, size, name: node.name, output });
};
