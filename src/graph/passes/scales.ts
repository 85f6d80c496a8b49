// Scales: a number by which a linear layer's input is multiplied becomes a part of its weights.
import type { Graph } from "../graph.js";
import { float32 } from "../tensor.js";

/** A power of two: to multiply by it rounds nothing. */
const isExact = (value: number) => value > 0 && Number.isInteger(Math.log2(value));

/**
 * A copy in which W (s x) + b is (s W) x + b, where s is a power of two in an initializer of one number, and nothing but
 * that Gemm takes s x and W. The results are the same, bit for bit.
 */
export function foldScales(graph: Graph): Graph {
  const folded = graph.clone();
  const taken = new Map<string, number>();
  for (const { inputs } of graph.nodes)
    for (const input of inputs) taken.set(input, (taken.get(input) ?? 0) + 1);
  for (const { name } of graph.outputs) taken.set(name, (taken.get(name) ?? 0) + 1);
  const makers = graph.producers();
  folded.nodes = graph.nodes.map((node) => {
    const [x, w] = node.inputs;
    const multiply = node.op === "Gemm" && node.domain === "" ? makers.get(x) : undefined;
    if (multiply?.op !== "Mul" || taken.get(x) !== 1 || taken.get(w) !== 1) return node;
    const scales = multiply.inputs.map((name) => graph.initializers.get(name)?.data ?? []);
    const at = scales.findIndex((data) => data.length === 1 && isExact(Number(data[0])));
    const weight = graph.initializers.get(w);
    if (at < 0 || weight?.type !== "float32") return node;
    const scale = Number(scales[at][0]);
    folded.initializers.set(
      w,
      float32(
        weight.shape,
        (weight.data as Float32Array).map((value) => scale * value),
      ),
    );
    return { ...node, inputs: [multiply.inputs[1 - at], ...node.inputs.slice(1)] };
  });
  return folded;
}
