// Conv with weights that change from run to run, which ONNX Runtime can neither block nor fuse.
import { intAttribute } from "../../../graph/graph.js";
import { type Lowering, reshape } from "./lowering.js";
import { gatheredConvolution, isSmall } from "./patches.js";
import { convolutionOf, suitsWinograd, Winograd } from "./winograd.js";

export const changingConvolution: Lowering = (node, context) => {
  const { builder } = context;
  const [x, weight, bias] = node.inputs;
  const [output] = node.outputs;
  const { name } = node;
  if (intAttribute(node, "group", 1) > 1) {
    builder.graph.nodes.push(node);
    return;
  }
  const convolution = convolutionOf(node, x, weight, output, context);
  const { window, outputSize: size } = convolution;
  const [filters, channels] = convolution.weight;
  if (suitsWinograd(convolution)) {
    const winograd = new Winograd(context, convolution);
    if (!bias) winograd.forward(x, weight, name, output);
    else {
      const shift = reshape(builder, bias, [filters, 1, 1]);
      builder.node("Add", [winograd.forward(x, weight, name), shift], {
        name: `${name}.bias`,
        outputs: [output],
      });
    }
  } else if (isSmall(size)) {
    gatheredConvolution(context, { x, weight, bias, filters, channels, window, size, name, output });
  } else builder.graph.nodes.push(node);
};
