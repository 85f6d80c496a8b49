// ConvWeightGradient as matrix products, one a tap of the kernel.
// dW[m, c, i, j] = Σ over n, y, x of dY[n, m, y, x] · X[n, c, y·stride + i·dilation − pad, …]
import type { GraphBuilder } from "../../../graph/builder.js";
import { type Window, windowOf } from "../../../graph/convolution.js";
import { intAttribute } from "../../../graph/graph.js";
import { channelsFirst, fixed, type Lowering, type LoweringContext, reshape } from "./lowering.js";

/** Below this many input channels a product for each tap is too narrow: all taps go into one. */
const NARROW = 16;

export const convWeightGradient: Lowering = (node, context) => {
  const { builder, shape } = context;
  const [dY, x, w] = node.inputs;
  const [output] = node.outputs;
  const weight = shape(w).shape.map(Number);
  const window = windowOf(node);
  const group = intAttribute(node, "group", 1);
  if (group === 1) {
    return dense(context, window, dY, x, weight, output);
  }
  if (weight[1] === 1 && weight[0] === group) {
    return depthwise(context, window, dY, x, weight, output);
  }
  const split = (value: string, channels: number) =>
    builder.nodes("Split", [value, builder.ints(new Array(group).fill(channels / group), "sizes")], {
      name: `${value}.groups`,
      attributes: { axis: 1 },
      outputs: group,
    });
  const dYs = split(dY, weight[0]);
  const xs = split(x, weight[1] * group);
  const size = [fixed(shape(dY), 2), fixed(shape(dY), 3)];
  const parts = dYs.map((part, i) => {
    const name = builder.fresh(`${node.name}.group`);
    taps(builder, window, part, xs[i], size, [weight[0] / group, ...weight.slice(1)], name);
    return name;
  });
  builder.node("Concat", parts, { name: node.name, attributes: { axis: 0 }, outputs: [output] });
};

function dense(
  { builder, shape }: LoweringContext,
  window: Window,
  dY: string,
  x: string,
  weight: readonly number[],
  output: string,
): void {
  taps(builder, window, dY, x, [fixed(shape(dY), 2), fixed(shape(dY), 3)], weight, output);
}

/** The part of the padded input, channels at `axes`' left, that tap (i, j) multiplies. */
function tapOf(
  builder: GraphBuilder,
  padded: string,
  window: Window,
  size: readonly number[],
  tap: readonly [number, number],
): string {
  const { strides, dilations } = window;
  const starts = tap.map((t, axis) => t * dilations[axis]);
  const ends = starts.map((start, axis) => start + (size[axis] - 1) * strides[axis] + 1);
  return builder.node(
    "Slice",
    [
      padded,
      builder.ints(starts, "starts"),
      builder.ints(ends, "ends"),
      builder.ints([2, 3], "axes"),
      builder.ints(strides, "steps"),
    ],
    { name: `${padded}.tap` },
  );
}

function pad(builder: GraphBuilder, value: string, [top, left, bottom, right]: Window["pads"]): string {
  if (top + left + bottom + right === 0) return value;
  return builder.node("Pad", [value, builder.ints([0, 0, top, left, 0, 0, bottom, right], "pads")], {
    name: `${value}.pad`,
  });
}

function taps(
  builder: GraphBuilder,
  window: Window,
  dY: string,
  x: string,
  size: readonly number[],
  [filters, channels, height, width]: readonly number[],
  output: string,
): void {
  const rows = reshape(builder, channelsFirst(builder, dY), [filters, -1]);
  const input = channelsFirst(builder, pad(builder, x, window.pads));
  const whole = height * width === 1 && window.strides.every((s) => s === 1);
  const columns = Array.from({ length: height * width }, (_, t) => {
    const tap = whole ? input : tapOf(builder, input, window, size, [Math.floor(t / width), t % width]);
    return reshape(builder, tap, [channels, -1]);
  });
  const product = (right: string) =>
    builder.node("Gemm", [rows, right], { name: `${output}.product`, attributes: { transB: 1 } });
  if (columns.length === 1) {
    reshape(builder, product(columns[0]), [filters, channels, height, width], output);
  } else if (channels < NARROW) {
    const all = builder.node("Concat", columns, { name: `${output}.taps`, attributes: { axis: 0 } });
    const products = reshape(builder, product(all), [filters, height, width, channels]);
    builder.node("Transpose", [products], {
      name: `${output}.transpose`,
      attributes: { perm: [0, 3, 1, 2] },
      outputs: [output],
    });
  } else {
    const products = columns.map((right) => reshape(builder, product(right), [filters, channels, 1]));
    const all = builder.node("Concat", products, { name: `${output}.taps`, attributes: { axis: 2 } });
    reshape(builder, all, [filters, channels, height, width], output);
  }
}

/** A channel of its own for each filter: the tap's product with dY, summed over images and positions. */
function depthwise(
  { builder, shape }: LoweringContext,
  window: Window,
  dY: string,
  x: string,
  [filters, , height, width]: readonly number[],
  output: string,
): void {
  const size = [fixed(shape(dY), 2), fixed(shape(dY), 3)];
  const input = pad(builder, x, window.pads);
  const sums = Array.from({ length: height * width }, (_, t) => {
    const tap = tapOf(builder, input, window, size, [Math.floor(t / width), t % width]);
    const products = builder.node("Mul", [dY, tap], { name: `${output}.product` });
    const sum = builder.node("ReduceSum", [products, builder.ints([0, 2, 3], "axes")], {
      name: `${output}.sum`,
      attributes: { keepdims: 0 },
    });
    return reshape(builder, sum, [filters, 1]);
  });
  const all = builder.node("Concat", sums, { name: `${output}.taps`, attributes: { axis: 1 } });
  reshape(builder, all, [filters, 1, height, width], output);
}
