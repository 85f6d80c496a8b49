// Rename: gives values other names.
import type { Graph } from "../graph.js";

/** A copy in which each value (input, output, initializer or between) that is a key bears its new name. */
export function renameValues(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const renamed = graph.clone();
  const now = (name: string) => names.get(name) ?? name;
  renamed.inputs = graph.inputs.map((value) => ({ ...value, name: now(value.name) }));
  renamed.outputs = graph.outputs.map((value) => ({ ...value, name: now(value.name) }));
  renamed.initializers = new Map([...graph.initializers].map(([name, value]) => [now(name), value]));
  renamed.nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(now),
    outputs: node.outputs.map(now),
  }));
  renamed.state = new Map([...graph.state].map(([name, next]) => [now(name), now(next)]));
  return renamed;
}
