// ResNet: residual networks as torchvision builds them (v1.5: the stride sits in the 3x3), as an ONNX graph.
import { GraphBuilder } from "../graph/builder.js";
import { Graph } from "../graph/graph.js";
import { float32, sizeOf } from "../graph/tensor.js";
import { type Backbone, featureWidth } from "./backbone.js";
import { initialise } from "./init.js";
import { atSize, imagenetPreprocess } from "./preprocess.js";

export interface ResnetArchitecture {
  /** How many blocks each stage has; every stage but the first halves the picture and doubles the width. */
  readonly blocks: readonly number[];
  /** Blocks of 1x1, 3x3, 1x1 (with four times the width behind) instead of two 3x3. */
  readonly bottleneck: boolean;
  /** Channels of the stem and of the first stage's convolutions. */
  readonly width: number;
  /** `large`: 7x7 with stride 2, then max pooling with stride 2; `small`: 3x3 with stride 2 alone. */
  readonly stem: "large" | "small";
  /** The pictures' side that it is meant for, in pixels; it takes others too. */
  readonly size: number;
}

const imagenet = { width: 64, stem: "large", size: 224 } as const;

/** By name. He, Zhang, Ren, Sun 2015, "Deep Residual Learning for Image Recognition", table 1. */
export const resnets = {
  resnet18: { blocks: [2, 2, 2, 2], bottleneck: false, ...imagenet },
  resnet34: { blocks: [3, 4, 6, 3], bottleneck: false, ...imagenet },
  resnet50: { blocks: [3, 4, 6, 3], bottleneck: true, ...imagenet },
  resnet101: { blocks: [3, 4, 23, 3], bottleneck: true, ...imagenet },
  resnet152: { blocks: [3, 8, 36, 3], bottleneck: true, ...imagenet },
  /** Ours, for learning small pictures from nothing in minutes: one block a stage, half the width. */
  "resnet10-small": { blocks: [1, 1, 1, 1], bottleneck: false, width: 32, stem: "small", size: 128 },
} as const satisfies Record<string, ResnetArchitecture>;
export type ResnetName = keyof typeof resnets;

/** Adds layers under torchvision's names; weights are zero until they are initialised or loaded. */
class Layers {
  readonly builder = new GraphBuilder(new Graph());

  private weight(name: string, ...shape: number[]): string {
    return this.builder.initializer(name, float32(shape, new Float32Array(sizeOf(shape))));
  }

  conv(name: string, x: string, from: number, to: number, kernel: number, stride: number): string {
    const pad = (kernel - 1) / 2;
    return this.builder.node("Conv", [x, this.weight(`${name}.weight`, to, from, kernel, kernel)], {
      name,
      attributes: { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] },
    });
  }

  batchNorm(name: string, x: string, width: number): string {
    const parts = ["weight", "bias", "running_mean", "running_var"];
    return this.builder.node(
      "BatchNormalization",
      [x, ...parts.map((part) => this.weight(`${name}.${part}`, width))],
      // ONNX's momentum is the share of the old statistics: 1 − PyTorch's 0.1.
      { name, attributes: { epsilon: { float: 1e-5 }, momentum: { float: 0.9 } } },
    );
  }

  relu(name: string, x: string): string {
    return this.builder.node("Relu", [x], { name });
  }
}

/** One block: y = relu(x' + f(x)), f of two or three convolutions, x' = x or a 1x1 convolution of it. */
function block(
  layers: Layers,
  name: string,
  x: string,
  {
    from,
    width,
    to,
    stride,
    bottleneck,
  }: Record<"from" | "width" | "to" | "stride", number> & {
    bottleneck: boolean;
  },
): string {
  const convolutions = bottleneck
    ? ([
        [from, width, 1, 1],
        [width, width, 3, stride],
        [width, to, 1, 1],
      ] as const)
    : ([
        [from, width, 3, stride],
        [width, to, 3, 1],
      ] as const);
  let y = x;
  convolutions.forEach(([inputs, outputs, kernel, strides], i) => {
    if (i > 0) y = layers.relu(`${name}.relu${i}`, y);
    y = layers.conv(`${name}.conv${i + 1}`, y, inputs, outputs, kernel, strides);
    y = layers.batchNorm(`${name}.bn${i + 1}`, y, outputs);
  });
  let shortcut = x;
  if (stride !== 1 || from !== to) {
    shortcut = layers.conv(`${name}.downsample.0`, x, from, to, 1, stride);
    shortcut = layers.batchNorm(`${name}.downsample.1`, shortcut, to);
  }
  const sum = layers.builder.node("Add", [y, shortcut], { name: `${name}.add` });
  return layers.relu(`${name}.relu${convolutions.length}`, sum);
}

function build({ blocks, bottleneck, width, stem }: ResnetArchitecture): Graph {
  const layers = new Layers();
  const { builder } = layers;
  let x = builder.input({ name: "input", type: "float32", shape: ["N", 3, "H", "W"] });
  x = layers.conv("conv1", x, 3, width, stem === "large" ? 7 : 3, 2);
  x = layers.batchNorm("bn1", x, width);
  x = layers.relu("relu", x);
  if (stem === "large") {
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
    x = builder.node("MaxPool", [x], { name: "maxpool", attributes });
  }
  let from = width;
  blocks.forEach((count, stage) => {
    const inner = width * 2 ** stage;
    const to = bottleneck ? 4 * inner : inner;
    for (let i = 0; i < count; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      x = block(layers, `layer${stage + 1}.${i}`, x, { from, width: inner, to, stride, bottleneck });
      from = to;
    }
  });
  x = builder.node("GlobalAveragePool", [x], { name: "avgpool" });
  builder.node("Flatten", [x], { name: "flatten", outputs: ["features"], attributes: { axis: 1 } });
  builder.output({ name: "features", type: "float32", shape: ["N", from] });
  return builder.graph;
}

/**
 * A ResNet with its classifier left off. Weights bear torchvision's names (`layer1.0.conv1.weight`) and begin
 * as torchvision's do, drawn from `seed`; without a seed they are all zero, to be loaded.
 */
export function resnet(name: ResnetName, { seed }: { seed?: number } = {}): Backbone {
  const empty = build(resnets[name]);
  const graph = seed === undefined ? empty : initialise(empty, seed);
  graph.name = name;
  const preprocess = atSize(imagenetPreprocess, resnets[name].size);
  return { name, graph, features: featureWidth(graph, preprocess.crop, name), classifier: "fc", preprocess };
}
