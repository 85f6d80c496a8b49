// Identities: drops the nodes that hand on their input unchanged.
import type { Graph, Node } from "../graph.js";

/** Whether the node's first output is its first input: Identity, and Dropout where it is not training. */
export function isIdentity(node: Node, graph: Graph): boolean {
  if (node.domain !== "") return false;
  if (node.op === "Identity") return true;
  if (node.op !== "Dropout") return false;
  const training = node.inputs[2];
  return !training || graph.initializers.get(training)?.data[0] === 0;
}

/** A copy without Identity and idle Dropout; one stays where it makes an output of the graph or a mask in use. */
export function dropIdentities(graph: Graph): Graph {
  const dropped = graph.clone();
  const kept = new Set([...graph.outputs.map(({ name }) => name), ...graph.state.values()]);
  const consumers = graph.consumers();
  const source = new Map<string, string>();
  const rewired: Node[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => source.get(input) ?? input);
    const mask = node.outputs[1];
    const needed =
      kept.has(node.outputs[0]) || (mask !== undefined && (kept.has(mask) || consumers.has(mask)));
    if (isIdentity(node, graph) && !needed) source.set(node.outputs[0], inputs[0]);
    else rewired.push({ ...node, inputs });
  }
  dropped.nodes = rewired;
  return dropped;
}
