// Prune: drops what nothing uses.
import type { Graph } from "../graph.js";

/**
 * A copy without the nodes, initializers and inputs from which no output, and no next value of the state, can
 * be reached. `keepInputs` keeps the inputs as they are.
 */
export function prune(graph: Graph, { keepInputs = true } = {}): Graph {
  const pruned = graph.clone();
  const used = new Set([...graph.outputs.map((output) => output.name), ...graph.state.values()]);
  pruned.nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((output) => used.has(output))) return false;
      for (const input of node.inputs) used.add(input);
      return true;
    })
    .reverse();
  const wanted = (name: string) => used.has(name) || graph.state.has(name);
  pruned.initializers = new Map([...graph.initializers].filter(([name]) => wanted(name)));
  if (!keepInputs) pruned.inputs = graph.inputs.filter(({ name }) => used.has(name));
  return pruned;
}
