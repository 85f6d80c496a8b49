// Parameters: what each initializer is to the operator that uses it, as in PyTorch's modules.
import type { Graph, Node } from "../graph/graph.js";

/** The last part of a weight's name in a state_dict. */
export type Role = "weight" | "bias" | "running_mean" | "running_var";

export interface Parameter {
  readonly name: string;
  readonly role: Role;
  readonly node: Node;
}

/** The roles of an operator's inputs, by their index. */
const roles: Readonly<Record<string, readonly (Role | undefined)[]>> = {
  Conv: [undefined, "weight", "bias"],
  Gemm: [undefined, "weight", "bias"],
  MatMul: ["weight", "weight"],
  Mul: ["weight", "weight"],
  Add: ["bias", "bias"],
  BatchNormalization: [undefined, "weight", "bias", "running_mean", "running_var"],
};

/**
 * The graph's float32 initializers that are weights or running statistics, each once, in the order of the
 * nodes. A single number that is added or multiplied is a constant, no weight.
 */
export function parametersOf(graph: Graph): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const node of graph.nodes) {
    const inputs = node.domain === "" ? roles[node.op] : undefined;
    inputs?.forEach((role, i) => {
      const name = node.inputs[i];
      const value = name ? graph.initializers.get(name) : undefined;
      if (!role || value?.type !== "float32" || found.has(name)) return;
      const elementwise = node.op === "Add" || node.op === "Mul";
      if (!elementwise || value.data.length > 1) found.set(name, { name, role, node });
    });
  }
  return [...found.values()];
}
