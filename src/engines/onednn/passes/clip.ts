// Pass: the gradient of Clip from its result, so that its argument need not be kept.
import { type Graph, TRAINING } from "../../../graph/graph.js";

/** x lies between the bounds exactly if clip(x) does; a copy in which ClipGradient takes clip(x). */
export function clipGradientFromResult(graph: Graph): Graph {
  const key = (x: string, low = "", high = "") => [x, low, high].join("\n");
  const results = new Map<string, string>();
  for (const { op, domain, inputs, outputs } of graph.nodes) {
    if (op === "Clip" && domain === "") results.set(key(inputs[0], inputs[1], inputs[2]), outputs[0]);
  }
  const changed = graph.clone();
  changed.nodes = graph.nodes.map((node) => {
    if (node.op !== "ClipGradient" || node.domain !== TRAINING) return node;
    const [dY, x, low, high] = node.inputs;
    const result = results.get(key(x, low, high));
    return result === undefined ? node : { ...node, inputs: [dY, result, ...node.inputs.slice(2)] };
  });
  return changed;
}
