// Initialisation: the random values with which weights begin.
import { type Random, random } from "../base/random.js";
import type { Graph } from "../graph/graph.js";
import { float32, sizeOf } from "../graph/tensor.js";
import { parametersOf } from "./parameters.js";

/** Makes the values of a weight of shape [out, in] or [out, in, height, width], row-major. */
export type Initializer = (shape: readonly number[], stream: Random) => Float32Array;

/** Options of `kaimingNormal`. */
export interface KaimingOptions {
  /** `fan_in`, in · height · width, keeps the variance going forward; `fan_out`, out · height · width, backward. */
  mode?: "fan_in" | "fan_out";
  /** Default √2, for ReLU. */
  gain?: number;
}

/**
 * Normal with mean 0 and deviation gain / √fan.
 * He, Zhang, Ren, Sun 2015, "Delving Deep into Rectifiers", equations 10 and 14.
 */
export function kaimingNormal({ mode = "fan_in", gain = Math.SQRT2 }: KaimingOptions = {}): Initializer {
  return (shape, stream) => {
    const [outputs, inputs, ...window] = shape;
    const fan = (mode === "fan_in" ? inputs : outputs) * sizeOf(window);
    const deviation = gain / Math.sqrt(fan);
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i++) values[i] = deviation * stream.normal();
    return values;
  };
}

/**
 * A copy of the graph with new weights, as torchvision begins its ResNets: convolutions Kaiming-normal over
 * fan-out, linear layers over fan-in, biases 0, BatchNormalization 1 and 0, running mean 0 and variance 1. Each
 * weight has a stream of random numbers of its own, named after it.
 */
export function initialise(graph: Graph, seed: number): Graph {
  const fresh = graph.clone();
  const convolution = kaimingNormal({ mode: "fan_out" });
  const linear = kaimingNormal();
  for (const { name, role, node } of parametersOf(graph)) {
    const shape = graph.initializers.get(name)?.shape ?? [];
    const stream = random(seed, "initialise", name);
    const drawn = (): Float32Array => {
      if (role === "bias" || role === "running_mean") return new Float32Array(sizeOf(shape));
      if (node.op === "Conv") return convolution(shape, stream);
      // [in, out] unless transposed; the draws are alike, so only the fan has to be right.
      if (node.op === "MatMul") return linear(shape.toReversed(), stream);
      if (node.op === "Gemm") return linear(node.attributes.transB ? shape : shape.toReversed(), stream);
      return new Float32Array(sizeOf(shape)).fill(1);
    };
    fresh.initializers.set(name, float32(shape, drawn()));
  }
  return fresh;
}
