// Batch normalization on the batch's own statistics, and its gradient.
// The variance is centred (E[(x − μ)²]): E[x²] − μ² loses three digits in float32.
import type { GraphBuilder } from "../../../graph/builder.js";
import { floatAttribute } from "../../../graph/graph.js";
import { fixed, type Lowering, type LoweringContext, reshape } from "./lowering.js";

/** Means over images and positions: [1, C, 1, 1]. Reduced in one node, in vectors, as ONNX Runtime has it for these axes. */
function channelMeans(builder: GraphBuilder, value: string, name: string): string {
  return builder.node("ReduceMean", [value], {
    name: `${name}.means`,
    attributes: { axes: [0, 2, 3], keepdims: 1 },
  });
}

/** From so many positions on, an inner product an image and a channel beats elementwise products and their mean. */
const MANY_POSITIONS = 500;

/** Means of a · b over images and positions: [1, C, 1, 1]. */
function meanProducts(
  { builder, shape }: LoweringContext,
  a: string,
  b: string,
  x: string,
  name: string,
): string {
  const channels = fixed(shape(x), 1);
  const positions = fixed(shape(x), 2) * fixed(shape(x), 3);
  if (positions < MANY_POSITIONS) return channelMeans(builder, builder.node("Mul", [a, b], { name }), name);
  const row = reshape(builder, a, [0, channels, 1, positions]);
  // ONNX Runtime makes the transposition part of the product.
  const column = builder.node("Transpose", [reshape(builder, b, [0, channels, 1, positions])], {
    name: `${name}.transpose`,
    attributes: { perm: [0, 1, 3, 2] },
  });
  const sums = builder.node("MatMul", [row, column], { name });
  const mean = builder.node("ReduceMean", [sums], {
    name: `${name}.means`,
    attributes: { axes: [0], keepdims: 1 },
  });
  return builder.node("Div", [mean, builder.scalar(positions)], { name: `${name}.means` });
}

/** Up to so many positions a group of a depthwise convolution costs more than what it computes. */
const FEW_POSITIONS = 200;

interface Affine {
  readonly value: string;
  readonly factor: string;
  readonly shift: string;
  /** The value of the graph whose shape it has. */
  readonly x: string;
  readonly name: string;
  readonly output?: string;
}

/** value · factor + shift, channel by channel: as a depthwise 1x1 convolution one pass over memory, otherwise two. */
function affine(
  { builder, shape }: LoweringContext,
  { value, factor, shift, x, name, output }: Affine,
): string {
  const channels = fixed(shape(x), 1);
  const outputs = output ? [output] : 1;
  if (fixed(shape(x), 2) * fixed(shape(x), 3) <= FEW_POSITIONS) {
    const perChannel = (part: string) => reshape(builder, part, [1, channels, 1, 1]);
    const scaled = builder.node("Mul", [value, perChannel(factor)], { name: `${name}.scaled` });
    return builder.node("Add", [scaled, perChannel(shift)], { name, outputs });
  }
  return builder.node("Conv", [value, reshape(builder, factor, [channels, 1, 1, 1]), shift], {
    name,
    attributes: { kernel_shape: [1, 1], group: channels },
    outputs,
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
  const spread = reshape(builder, meanProducts(context, centred, centred, x, `${name}.squares`), [channels]);
  const epsilon = builder.scalar(floatAttribute(node, "epsilon", 1e-5), "epsilon");
  const deviation = op("Sqrt", [op("Add", [spread, epsilon], "spread")], "deviation");
  op("Reciprocal", [deviation], "inverse", inverseDeviation);
  reshape(builder, batch, [channels], batchMean);
  const factor = op("Mul", [scale, inverseDeviation], "factor");
  affine(context, { value: centred, factor, shift: bias, x, name: `${name}.affine`, output: y });

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
  const meanProduct = reshape(builder, meanProducts(context, dY, centred, x, `${name}.products`), [channels]);
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
  const correction = affine(context, { value: centred, factor: along, shift, x, name: `${name}.correction` });
  op("Add", [op("Mul", [dY, perChannel(factor)], "scaled"), correction], "dX", dX);
};
