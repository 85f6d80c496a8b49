// Passes: weights kept in fewer bytes, with the nodes behind each that make float32 of it again.
//
// The arithmetic stays float32. Engines compute those nodes once, when they load the graph.
import { halfBits } from "../../base/half.js";
import { GraphBuilder } from "../builder.js";
import type { Graph } from "../graph.js";
import { elementTypes } from "../onnx-types.js";
import { float32, type TensorOf, tensor } from "../tensor.js";

/** Tensors with fewer elements (biases, the normalisation) stay as they are: there is nothing to save. */
const SMALLEST = 256;
/** The greatest finite half. */
const GREATEST = 65504;

/** Puts what it makes of the value into the graph; returns the name of what computes it, or leaves it. */
type Packing = (builder: GraphBuilder, name: string, value: TensorOf<"float32">) => string | undefined;

/**
 * A copy whose large float32 initializers are float16, each with a Cast to float32 behind it. A tensor with a
 * value that no half can hold stays as it is.
 */
export function halfWeights(graph: Graph): Graph {
  return packed(graph, (builder, name, { shape, data }) => {
    if (!data.every((value) => Math.abs(value) <= GREATEST)) return undefined;
    builder.graph.initializers.set(name, tensor("float16", shape, Uint16Array.from(data, halfBits)));
    return cast(builder, name);
  });
}

/**
 * A copy whose large float32 initializers of two dimensions or more are int8: w ≈ s · q with one s for each
 * slice along the first axis (of a convolution, for each channel that comes out), s = max |w| / 127.
 */
export function byteWeights(graph: Graph): Graph {
  return packed(graph, (builder, name, { shape, data }) => {
    if (shape.length < 2 || !data.every(Number.isFinite)) return undefined;
    const slice = data.length / shape[0];
    const bytes = new Int8Array(data.length);
    const scales = new Float32Array(shape[0]);
    for (let start = 0, i = 0; start < data.length; start += slice, i++) {
      const values = data.subarray(start, start + slice);
      scales[i] = values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0) / 127;
      for (let k = 0; k < slice; k++)
        bytes[start + k] = scales[i] === 0 ? 0 : Math.round(values[k] / scales[i]);
    }
    builder.graph.initializers.set(name, tensor("int8", shape, bytes));
    const along = [shape[0], ...shape.slice(1).map(() => 1)];
    const scale = builder.initializer(`${name}.scale`, float32(along, scales));
    return builder.node("Mul", [cast(builder, name), scale], { name: `${name}.scaled` });
  });
}

function cast(builder: GraphBuilder, name: string): string {
  return builder.node("Cast", [name], {
    name: `${name}.float32`,
    attributes: { to: elementTypes.float32.code },
  });
}

function packed(graph: Graph, pack: Packing): Graph {
  const copy = graph.clone();
  const builder = new GraphBuilder(copy);
  copy.nodes = [];
  const unpacked = new Map<string, string>();
  for (const [name, value] of graph.initializers) {
    if (value.type !== "float32" || value.data.length < SMALLEST) continue;
    const full = pack(builder, name, value);
    if (full !== undefined) unpacked.set(name, full);
  }
  copy.nodes.push(
    ...graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((input) => unpacked.get(input) ?? input),
    })),
  );
  return copy;
}
