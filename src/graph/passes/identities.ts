// Identities: drops the nodes that hand on their input unchanged.
import type { Graph, Node } from "../graph.js";

/** Whether the node's output is its first input: Identity, Dropout that isn't training, Pad by nothing. */
export function isIdentity(node: Node, graph: Graph): boolean {
  if (node.domain !== "") return false;
  if (node.op === "Identity") return true;
  const second = graph.initializers.get(node.inputs[1] ?? "");
  if (node.op === "Pad") return second?.data.every((pad) => Number(pad) === 0) === true;
  if (node.op !== "Dropout") return false;
  const training = node.inputs[2];
  return !training || graph.initializers.get(training)?.data[0] === 0;
}

/** A copy without such nodes; one stays where it makes an output of the graph or a mask in use. */
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
