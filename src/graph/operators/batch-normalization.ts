// Batch normalization: on running statistics (ONNX's BatchNormalization) and on the batch's own (BatchNormTraining).
import { floatAttribute, TRAINING } from "../graph.js";
import { like, type Operator, ofOneOutput } from "./operator.js";

/**
 * Y = scale · (X − mean) / √(var + ε) + bias with constant mean and var:
 * dX = dY · scale / √(var + ε), dscale = Σ dY · (X − mean) / √(var + ε), dbias = Σ dY.
 */
export const batchNormalization: Operator = {
  op: "BatchNormalization",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder, shape, wants }) => {
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
  }),
  roles: [undefined, "weight", "bias", "running_mean", "running_var"],
};

/**
 * (X, scale, bias, mean, var) → (Y, next mean, next var, mean of the batch, 1/√(var of the batch + ε)). Only Y
 * carries a gradient.
 */
export const batchNormTraining: Operator = {
  op: "BatchNormTraining",
  domain: TRAINING,
  shape: (_, { input }) => [input(0), input(3), input(4), input(3), input(3)],
  gradient: ofOneOutput((node, dY, { builder }) => {
    const [x, scale] = node.inputs;
    const [, , , batchMean, inverseDeviation] = node.outputs;
    return builder.training("BatchNormGradient", [dY, x, scale, batchMean, inverseDeviation], {
      name: `${node.name}.BatchNormGradient`,
      outputs: 3,
    });
  }),
};

/** (dY, X, scale, mean of the batch, 1/√(var of the batch + ε)) → (dX, dscale, dbias). */
export const batchNormGradient: Operator = {
  op: "BatchNormGradient",
  domain: TRAINING,
  shape: (_, { input }) => [input(1), input(2), input(2)],
};
