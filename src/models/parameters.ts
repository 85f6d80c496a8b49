// Parameters: what each initializer is to the operator that uses it, as in PyTorch's modules.
import type { Graph, Node } from "../graph/graph.js";
import { operatorOf } from "../graph/operators/index.js";
import type { Role } from "../graph/operators/operator.js";

export interface Parameter {
  readonly name: string;
  readonly role: Role;
  readonly node: Node;
}

/** Operators at which a single number is a constant, no weight. */
const takesConstants = new Set([
  "Add",
  "Mul",
  "Expand",
  "Gather",
  "Reshape",
  "Squeeze",
  "Transpose",
  "Unsqueeze",
]);

/**
 * The graph's float32 initializers that are weights or running statistics, each once, in the order of the
 * nodes. A single number that is added or multiplied is a constant, no weight.
 */
export function parametersOf(graph: Graph): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const node of graph.nodes) {
    operatorOf(node)?.roles?.forEach((role, i) => {
      const name = node.inputs[i];
      const value = name ? graph.initializers.get(name) : undefined;
      if (!role || value?.type !== "float32" || found.has(name)) return;
      if (value.data.length > 1 || !takesConstants.has(node.op)) found.set(name, { name, role, node });
    });
  }
  return [...found.values()];
}
