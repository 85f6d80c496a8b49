// Gradients of MaxPool and AveragePool.
import { outputSize, windowOf } from "../../../graph/convolution.js";
import { intAttribute, type Node, type ValueInfo } from "../../../graph/graph.js";
import { float32 } from "../../../graph/tensor.js";
import { fixed, type Lowering, type LoweringContext, reshape } from "./lowering.js";
import { patches } from "./patches.js";

/** Less than any activation, and finite. */
const LEAST = -3e38;

/** A pool without the modes and outputs that kernels fail on. */
export const pool: Lowering = (node, { builder, kernels, shape, pools }) => {
  const [y, indices] = node.outputs;
  const plain = withoutCeil(node, shape(node.inputs[0]));
  if (indices) pools.set(indices, plain);
  const isWanted = kernels.poolIndices || builder.graph.outputs.some(({ name }) => name === indices);
  builder.graph.nodes.push(indices && !isWanted ? { ...plain, outputs: [y] } : plain);
};

/** Every gradient is added where its maximum stood. */
export const maxPoolGradient: Lowering = (node, context) => {
  const pooled = context.pools.get(node.inputs[1]);
  if (pooled && !context.kernels.poolIndices) gradientOfPatches(node, pooled, context);
  else scatterGradient(node, context);
};

/** Without indices: of the elements of a window that equal its maximum, the first one takes its gradient. */
function gradientOfPatches(node: Node, pooled: Node, context: LoweringContext): void {
  const { builder, shape } = context;
  const { name, inputs, outputs } = node;
  const [dY, , x] = inputs;
  const window = windowOf(pooled);
  const [channels, ...inner] = [1, 2, 3].map((axis) => fixed(shape(x), axis));
  const size = ([0, 1] as const).map((axis) => outputSize(window, inner[axis], axis));
  const taps = window.kernel[0] * window.kernel[1];
  const positions = size[0] * size[1];
  const seen = patches(context, { x, channels, window, size, around: LEAST });
  const equal = builder.node(
    "Equal",
    [
      reshape(builder, seen, [0, channels, taps, positions]),
      reshape(builder, pooled.outputs[0], [0, channels, 1, positions]),
    ],
    { name: `${name}.equal` },
  );
  const isMaximum = builder.node("Cast", [equal], { name: `${name}.maximum`, attributes: { to: 1 } });
  const below = Float32Array.from({ length: taps * taps }, (_, i) =>
    i % taps < Math.floor(i / taps) ? 1 : 0,
  );
  const earlier = builder.node(
    "MatMul",
    [builder.initializer(`${name}.below`, float32([taps, taps], below)), isMaximum],
    { name: `${name}.earlier` },
  );
  const none = builder.node(
    "Relu",
    [builder.node("Sub", [builder.scalar(1), earlier], { name: `${name}.none` })],
    { name: `${name}.none` },
  );
  const first = builder.node("Mul", [isMaximum, none], { name: `${name}.first` });
  const shared = builder.node("Mul", [first, reshape(builder, dY, [0, channels, 1, positions])], {
    name: `${name}.shared`,
  });
  const spread = reshape(builder, shared, [0, channels * taps, ...size]);
  const places = Float32Array.from({ length: channels * taps * taps }, (_, i) =>
    i % taps === Math.floor(i / taps) % taps ? 1 : 0,
  );
  const { kernel, strides, pads, dilations } = window;
  // Rows and columns of the input, from the first pad on, that no window reaches.
  const unseen = ([0, 1] as const).map(
    (axis) =>
      inner[axis] +
      pads[axis] -
      ((size[axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1),
  );
  builder.node(
    "ConvTranspose",
    [spread, builder.initializer(`${name}.places`, float32([channels * taps, 1, ...kernel], places))],
    {
      name,
      attributes: {
        kernel_shape: kernel,
        strides,
        dilations,
        group: channels,
        pads: [pads[0], pads[1], ...unseen.map((left) => Math.max(0, -left))],
        output_padding: unseen.map((left) => Math.max(0, left)),
      },
      outputs: [outputs[0]],
    },
  );
}

function scatterGradient(node: Node, { builder }: LoweringContext): void {
  const [dY, indices, x] = node.inputs;
  const shape = builder.node("Shape", [x], { name: `${node.name}.shape` });
  const size = builder.node("Size", [x], { name: `${node.name}.size` });
  const flat = builder.node("ConstantOfShape", [reshape(builder, size, [1])], { name: `${node.name}.zeros` });
  const scattered = builder.node(
    "ScatterElements",
    [flat, reshape(builder, indices, [-1]), reshape(builder, dY, [-1])],
    { name: `${node.name}.scatter`, attributes: { axis: 0, reduction: "add" } },
  );
  builder.node("Reshape", [scattered, shape], { name: node.name, outputs: [node.outputs[0]] });
}

/** Every gradient, divided by its window's count, is spread over the window. */
export const averagePoolGradient: Lowering = (node, { builder, shape }) => {
  const [dY, x] = node.inputs;
  const window = windowOf(node);
  const channels = fixed(shape(x), 1);
  const input = [fixed(shape(x), 2), fixed(shape(x), 3)] as const;
  const output = ([0, 1] as const).map((axis) => outputSize(window, input[axis], axis));
  const withPadding = intAttribute(node, "count_include_pad", 0) === 1;
  // How many elements the window at position o counts along one axis.
  const counts = ([0, 1] as const).map((axis) =>
    Array.from({ length: output[axis] }, (_, o) => {
      const start = o * window.strides[axis] - window.pads[axis];
      const end = Math.min(
        start + window.kernel[axis],
        input[axis] + (withPadding ? window.pads[axis + 2] : 0),
      );
      return end - (withPadding ? start : Math.max(start, 0));
    }),
  );
  const shares = counts[0].flatMap((h) => counts[1].map((w) => 1 / (h * w)));
  const share = builder.initializer(`${node.name}.shares`, float32([1, 1, ...output], shares));
  const scaled = builder.node("Mul", [dY, share], { name: `${node.name}.scaled` });
  const taps = window.kernel[0] * window.kernel[1];
  const ones = float32([channels, 1, ...window.kernel], new Float32Array(channels * taps).fill(1));
  // Pads behind are told by the output's size: a ceil_mode window may overhang them, or the last ones may be unused.
  const behind = ([0, 1] as const).map(
    (axis) =>
      (output[axis] - 1) * window.strides[axis] + window.kernel[axis] - window.pads[axis] - input[axis],
  );
  const [top, left] = window.pads;
  builder.node("ConvTranspose", [scaled, builder.initializer(`${node.name}.ones`, ones)], {
    name: node.name,
    attributes: {
      kernel_shape: window.kernel,
      strides: window.strides,
      pads: [top, left, Math.max(0, behind[0]), Math.max(0, behind[1])],
      output_padding: behind.map((b) => Math.max(0, -b)),
      group: channels,
    },
    outputs: [node.outputs[0]],
  });
};

/**
 * ONNX Runtime's shape inference counts a last ceil_mode window that its MaxPool kernel drops, so such a pool gets
 * the same windows by explicit padding. (Pads count in no maximum; where an average counts them, it stays as it is.)
 */
function withoutCeil(node: Node, input: ValueInfo): Node {
  const countsPads = node.op === "AveragePool" && intAttribute(node, "count_include_pad", 0) === 1;
  const window = windowOf(node);
  const size = input.shape.slice(2);
  if (!window.ceil || countsPads || size.some((d) => typeof d !== "number")) return node;
  const { pads, strides, kernel, dilations } = window;
  const behind = ([0, 1] as const).map((axis) => {
    const extent = Number(size[axis]);
    const last =
      (outputSize(window, extent, axis) - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1;
    return Math.max(0, last - extent - pads[axis]);
  });
  const attributes = { ...node.attributes, ceil_mode: 0, pads: [pads[0], pads[1], ...behind] };
  return { ...node, attributes };
}
