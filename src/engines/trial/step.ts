// The small training step by which an engine is tried: every operator that ResNets and MobileNets use is in it.
import { GraphBuilder } from "../../graph/builder.js";
import { differentiate } from "../../graph/gradient/differentiate.js";
import { Graph } from "../../graph/graph.js";
import { float32, sizeOf, type Tensor, type TensorOf, tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";
import { expected } from "./expected.js";

/** Numbers in [−1, 1) that are the same on every machine. */
function drawn(shape: readonly number[], seed: number, scale = 1): TensorOf<"float32"> {
  let state = seed;
  const values = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return scale * (state / 2 ** 31 - 1);
  });
  return float32(shape, values);
}

const SIZE = 18;
const LABELS = 5;

/** Image → a residual block, a depthwise convolution, pools, joined branches → logits; and one step of SGD. */
export function trialGraph(): Graph {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const weights: string[] = [];
  const weight = (name: string, shape: readonly number[], scale: number) => {
    weights.push(name);
    return builder.initializer(name, drawn(shape, 77 + weights.length, scale));
  };
  const convolution = (name: string, x: string, shape: readonly number[], attributes: object) =>
    builder.node("Conv", [x, weight(name, shape, 1.5 / Math.sqrt(sizeOf(shape.slice(1))))], {
      name,
      attributes: { kernel_shape: shape.slice(2), ...attributes },
    });
  const normalization = (name: string, x: string, channels: number) => {
    const ones = builder.initializer(`${name}.scale`, drawn([channels], 5, 0.25));
    const scale = graph.initializers.get(ones) as TensorOf<"float32">;
    graph.initializers.set(
      ones,
      float32(
        [channels],
        scale.data.map((value) => 1 + value),
      ),
    );
    const bias = builder.initializer(`${name}.bias`, drawn([channels], 6, 0.25));
    weights.push(ones, bias);
    const mean = builder.initializer(`${name}.mean`, float32([channels], new Float32Array(channels)));
    const variance = builder.initializer(
      `${name}.variance`,
      float32([channels], new Float32Array(channels).fill(1)),
    );
    const [y, nextMean, nextVariance] = builder.training(
      "BatchNormTraining",
      [x, ones, bias, mean, variance],
      { name, outputs: 5, attributes: { epsilon: { float: 1e-5 }, momentum: { float: 0.1 } } },
    );
    graph.state.set(mean, nextMean).set(variance, nextVariance);
    return y;
  };
  const relu = (x: string) => builder.node("Relu", [x]);
  const padded = { pads: [1, 1, 1, 1] };

  const image = builder.input({ name: "image", type: "uint8", shape: ["N", SIZE, SIZE, 3] });
  const turned = builder.node("Transpose", [image], { attributes: { perm: [0, 3, 1, 2] } });
  const x = builder.node("Mul", [
    builder.node("Cast", [turned], { attributes: { to: 1 } }),
    builder.scalar(1 / 64),
  ]);
  const stem = convolution("stem", x, [16, 3, 3, 3], { strides: [2, 2], ...padded });
  const pooled = builder.node("MaxPool", [relu(normalization("bn1", stem, 16))], {
    attributes: { kernel_shape: [3, 3], strides: [1, 1], ...padded },
  });
  const inner = convolution("conv2", pooled, [16, 16, 3, 3], padded);
  const outer = convolution("conv3", relu(normalization("bn2", inner, 16)), [16, 16, 1, 1], {});
  const block = relu(builder.node("Add", [normalization("bn3", outer, 16), pooled]));
  const wide = convolution("conv4", block, [24, 16, 1, 1], {});
  const clipped = builder.node("Clip", [wide, builder.scalar(0), builder.scalar(6)]);
  const depthwise = convolution("conv5", clipped, [24, 1, 3, 3], { group: 24, strides: [2, 2], ...padded });
  const branch = convolution("conv6", clipped, [32, 24, 3, 3], { strides: [2, 2], ...padded });
  const joined = builder.node("Concat", [depthwise, relu(branch)], { attributes: { axis: 1 } });
  const average = builder.node("AveragePool", [joined], {
    attributes: { kernel_shape: [3, 3], strides: [2, 2] },
  });
  const features = builder.node("Flatten", [builder.node("GlobalAveragePool", [average])], {
    attributes: { axis: 1 },
  });
  const bias = builder.initializer("fc.bias", float32([LABELS], new Float32Array(LABELS)));
  const logits = builder.node("Gemm", [features, weight("fc", [LABELS, 56], 0.3), bias], {
    outputs: ["logits"],
    attributes: { transB: 1 },
  });
  weights.push(bias);
  const seed = builder.input({ name: "gradient", type: "float32", shape: ["N", LABELS] });
  builder.output({ name: logits, type: "float32", shape: ["N", LABELS] });
  const rate = builder.scalar(0.05, "rate");
  for (const [name, gradient] of differentiate(graph, new Map([[logits, seed]]), weights)) {
    graph.state.set(name, builder.node("Sub", [name, builder.node("Mul", [gradient, rate])]));
  }
  return graph;
}

/** What a run of it is fed. */
export function trialInputs(images: number): Tensors {
  const pixels = drawn([images, SIZE, SIZE, 3], 9);
  return {
    image: tensor(
      "uint8",
      pixels.shape,
      Uint8Array.from(pixels.data, (value) => 127 * (value + 1)),
    ),
    gradient: drawn([images, LABELS], 11, 1 / images),
  };
}

/** A few numbers that tell a tensor: its products with drawn vectors. */
export function digestOf({ data }: Tensor): number[] {
  const values = Array.from(data, Number);
  return [1, 2].map((seed) => {
    const direction = drawn([values.length], seed).data;
    return values.reduce((sum, value, i) => sum + value * direction[i], 0);
  });
}

/** The batches of the trial, by their numbers of images. */
export const trialBatches = [2, 3] as const;

/** How far the state after the trial's batches is from what it should be, as a share of the norm. */
export function trialDistance(state: ReadonlyMap<string, Tensor>): number {
  let [difference, norm] = [0, 0];
  for (const [name, tensor] of state) {
    digestOf(tensor).forEach((found, i) => {
      difference += (found - expected[name][i]) ** 2;
      norm += expected[name][i] ** 2;
    });
  }
  return Math.sqrt(difference / norm);
}

/** What float32 may make the step differ by: it rounds to 6e-8. */
export const FLOAT32_TOLERANCE = 1e-5;
