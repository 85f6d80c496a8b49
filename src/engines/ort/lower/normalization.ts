// Batch normalization on the batch's own statistics, and its gradient.
// The variance is centred (E[(x − μ)²]): E[x²] − μ² loses three digits in float32.
import type { GraphBuilder } from "../../../graph/builder.js";
import { floatAttribute } from "../../../graph/graph.js";
import { fixed, type Lowering, type LoweringContext, reshape } from "./lowering.js";

/** Means over images and positions: [1, C, 1, 1]. GlobalAveragePool is ONNX Runtime's fastest way over the positions. */
function channelMeans(builder: GraphBuilder, value: string, name: string): string {
  const means = builder.node("GlobalAveragePool", [value], { name: `${name}.means` });
  return builder.node("ReduceMean", [means], {
    name: `${name}.mean`,
    attributes: { axes: [0], keepdims: 1 },
  });
}

/** value · factor + shift, channel by channel, as a depthwise 1x1 convolution: one pass over memory. */
function affine(
  builder: GraphBuilder,
  value: string,
  factor: string,
  shift: string,
  channels: number,
  name: string,
  output?: string,
): string {
  return builder.node("Conv", [value, reshape(builder, factor, [channels, 1, 1, 1]), shift], {
    name,
    attributes: { kernel_shape: [1, 1], group: channels },
    outputs: output ? [output] : 1,
  });
}

/** How many numbers of each channel the batch holds: a scalar. */
function countOf({ builder, shape }: LoweringContext, x: string, name: string): string {
  const info = shape(x);
  const images = builder.node("Shape", [x], { name: `${name}.images`, attributes: { start: 0, end: 1 } });
  const float = builder.node("Cast", [images], { name: `${name}.count`, attributes: { to: 1 } });
  return builder.node("Mul", [float, builder.scalar(fixed(info, 2) * fixed(info, 3))], {
    name: `${name}.count`,
  });
}

export const batchNormTraining: Lowering = (node, context) => {
  const { builder, shape } = context;
  const [x, scale, bias, mean, variance] = node.inputs;
  const [y, nextMean, nextVariance, batchMean, inverseDeviation] = node.outputs;
  const { name } = node;
  const channels = fixed(shape(x), 1);
  const momentum = floatAttribute(node, "momentum", 0.1);
  const op = (type: string, inputs: string[], stem: string, output?: string) =>
    builder.node(type, inputs, { name: `${name}.${stem}`, outputs: output ? [output] : 1 });

  const batch = channelMeans(builder, x, name);
  const centred = op("Sub", [x, batch], "centred");
  context.centred.set(batchMean, centred);
  const squares = op("Mul", [centred, centred], "squares");
  const spread = reshape(builder, channelMeans(builder, squares, `${name}.squares`), [channels]);
  const epsilon = builder.scalar(floatAttribute(node, "epsilon", 1e-5), "epsilon");
  const deviation = op("Sqrt", [op("Add", [spread, epsilon], "spread")], "deviation");
  op("Reciprocal", [deviation], "inverse", inverseDeviation);
  reshape(builder, batch, [channels], batchMean);
  affine(
    builder,
    centred,
    op("Mul", [scale, inverseDeviation], "factor"),
    bias,
    channels,
    `${name}.affine`,
    y,
  );

  const count = countOf(context, x, name);
  const others = op("Max", [op("Sub", [count, builder.scalar(1)], "others"), builder.scalar(1)], "others");
  const unbiased = op("Mul", [spread, op("Div", [count, others], "correction")], "unbiased");
  const towards = (old: string, now: string, stem: string, output: string) => {
    const kept = op("Mul", [old, builder.scalar(1 - momentum)], stem);
    op("Add", [kept, op("Mul", [now, builder.scalar(momentum)], stem)], stem, output);
  };
  towards(mean, batchMean, "running_mean", nextMean);
  towards(variance, unbiased, "running_var", nextVariance);
};

/**
 * With x̂ = (x − μ)/σ: dbias = Σ dY, dscale = Σ dY·x̂, dX = scale/σ · (dY − mean(dY) − x̂·mean(dY·x̂))
 * (Ioffe and Szegedy 2015).
 */
export const batchNormGradient: Lowering = (node, context) => {
  const { builder, shape } = context;
  const [dY, x, scale, batchMean, inverseDeviation] = node.inputs;
  const [dX, dScale, dBias] = node.outputs;
  const { name } = node;
  const channels = fixed(shape(x), 1);
  const op = (type: string, inputs: string[], stem: string, output?: string) =>
    builder.node(type, inputs, { name: `${name}.${stem}`, outputs: output ? [output] : 1 });
  const perChannel = (value: string) => reshape(builder, value, [1, channels, 1, 1]);

  // Kept from the forward pass, which then needs x itself no longer.
  const centred = context.centred.get(batchMean) ?? op("Sub", [x, perChannel(batchMean)], "centred");
  const meanGradient = reshape(builder, channelMeans(builder, dY, name), [channels]);
  const products = op("Mul", [dY, centred], "products");
  const meanProduct = reshape(builder, channelMeans(builder, products, `${name}.products`), [channels]);
  // mean(dY·x̂)
  const slope = op("Mul", [meanProduct, inverseDeviation], "slope");
  const count = countOf(context, x, name);
  op("Mul", [meanGradient, count], "dBias", dBias);
  op("Mul", [slope, count], "dScale", dScale);

  const factor = op("Mul", [scale, inverseDeviation], "factor");
  const along = op(
    "Neg",
    [op("Mul", [factor, op("Mul", [slope, inverseDeviation], "along")], "along")],
    "along",
  );
  const shift = op("Neg", [op("Mul", [factor, meanGradient], "shift")], "shift");
  const correction = affine(builder, centred, along, shift, channels, `${name}.correction`);
  op("Add", [op("Mul", [dY, perChannel(factor)], "scaled"), correction], "dX", dX);
};
