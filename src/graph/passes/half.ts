// Pass: weights kept in half the bytes, as IEEE half precision with a Cast behind each.
import { halfBits } from "../../base/half.js";
import { GraphBuilder } from "../builder.js";
import type { Graph } from "../graph.js";
import { elementTypes } from "../onnx-types.js";
import { type Tensor, tensor } from "../tensor.js";

/** Tensors with fewer elements (biases, the normalisation) stay as they are: there is nothing to save. */
const SMALLEST = 256;
/** The greatest finite half. */
const GREATEST = 65504;

function fits({ type, data }: Tensor): boolean {
  if (type !== "float32" || data.length < SMALLEST) return false;
  return (data as Float32Array).every((value) => Math.abs(value) <= GREATEST);
}

/**
 * A copy whose large float32 initializers are float16, each with a Cast to float32 behind it: the arithmetic
 * stays float32. A tensor with a value that no half can hold stays as it is.
 */
export function halfWeights(graph: Graph): Graph {
  const halved = graph.clone();
  const builder = new GraphBuilder(halved);
  halved.nodes = [];
  const full = new Map<string, string>();
  for (const [name, value] of graph.initializers) {
    if (!fits(value)) continue;
    const bits = Uint16Array.from(value.data as Float32Array, halfBits);
    halved.initializers.set(name, tensor("float16", value.shape, bits));
    const attributes = { to: elementTypes.float32.code };
    full.set(name, builder.node("Cast", [name], { name: `${name}.float32`, attributes }));
  }
  halved.nodes.push(
    ...graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((input) => full.get(input) ?? input) })),
  );
  return halved;
}
