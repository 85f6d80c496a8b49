// Gradients of batch normalization: on running statistics (ONNX's BatchNormalization) and on the batch's own.
import { floatAttribute } from "../graph.js";
import { type GradientRule, ofOneOutput } from "./rule.js";

/**
 * Y = scale · (X − mean) / √(var + ε) + bias with constant mean and var:
 * dX = dY · scale / √(var + ε), dscale = Σ dY · (X − mean) / √(var + ε), dbias = Σ dY.
 */
const frozen: GradientRule = ofOneOutput((node, dY, { builder, shape, wants }) => {
  const [x, scale, , mean, variance] = node.inputs;
  const axes = shape(x).shape.map((_, i) => i);
  const at = (suffix: string) => ({ name: `${node.name}.${suffix}` });
  const channels = builder.ints(axes.slice(1, -1), "axes");
  const perChannel = (value: string) => builder.node("Unsqueeze", [value, channels], at("channels"));
  const sum = (value: string, suffix: string) =>
    builder.node("ReduceSum", [value, builder.ints([0, ...axes.slice(2)], "axes")], {
      ...at(suffix),
      attributes: { keepdims: 0 },
    });
  const epsilon = builder.scalar(floatAttribute(node, "epsilon", 1e-5), "epsilon");
  const deviation = builder.node(
    "Sqrt",
    [builder.node("Add", [variance, epsilon], at("variance"))],
    at("deviation"),
  );
  const dX = () => {
    const factor = builder.node("Div", [scale, deviation], at("factor"));
    return builder.node("Mul", [dY, perChannel(factor)], at("dX"));
  };
  const dScale = () => {
    const centred = builder.node("Sub", [x, perChannel(mean)], at("centred"));
    return builder.node(
      "Div",
      [sum(builder.node("Mul", [dY, centred], at("product")), "sum"), deviation],
      at("dScale"),
    );
  };
  return [
    wants(0) ? dX() : undefined,
    wants(1) ? dScale() : undefined,
    wants(2) ? sum(dY, "dBias") : undefined,
  ];
});

/** BatchNormTraining; only its first output, the normalised batch, carries a gradient. */
const onBatch: GradientRule = ofOneOutput((node, dY, { builder }) => {
  const [x, scale] = node.inputs;
  const [, , , batchMean, inverseDeviation] = node.outputs;
  return builder.training("BatchNormGradient", [dY, x, scale, batchMean, inverseDeviation], {
    name: `${node.name}.BatchNormGradient`,
    outputs: 3,
  });
});

export const normalizationRules = { BatchNormalization: frozen, BatchNormTraining: onBatch };
