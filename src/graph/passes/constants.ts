// Constants: what a graph computes from nothing becomes an initializer.
import type { Attribute, Graph, Node } from "../graph.js";
import { float32, int64, type Tensor } from "../tensor.js";

/** The tensor of a Constant node; undefined for a form that we do not hold (strings, sparse tensors). */
function constantOf(node: Node): Tensor | undefined {
  if (node.op !== "Constant") return undefined;
  const [name, value]: [string, Attribute] | [] = Object.entries(node.attributes)[0] ?? [];
  if (value === undefined) return undefined;
  if (typeof value === "object" && "tensor" in value) return value.tensor;
  if (typeof value === "object" && "float" in value) return float32([], [value.float]);
  if (typeof value === "object" && "floats" in value) return float32([value.floats.length], value.floats);
  if (name === "value_int" && typeof value === "number") return int64([], [value]);
  if (name === "value_ints" && Array.isArray(value)) return int64([value.length], value);
  return undefined;
}

/** Whether a tensor may be a weight: more than one number, not of whole ones. */
const mayTrain = ({ type, data }: Tensor) => type.startsWith("float") && data.length > 1;

/**
 * A copy in which Constant nodes, and Identity nodes of an initializer, are initializers under the name of
 * their output. Exporters write one initializer and an Identity where two weights happened to be equal; as
 * initializers of their own they can be trained apart.
 * @param weightsApart leave Constants that might pass for weights (masks, scales) as nodes, unless the file holds all
 *   its weights so
 */
export function foldConstants(graph: Graph, { weightsApart = false } = {}): Graph {
  const folded = graph.clone();
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const hasWeights = [...graph.initializers.values()].some(mayTrain);
  folded.nodes = graph.nodes.filter((node) => {
    if (node.domain !== "" || outputs.has(node.outputs[0])) return true;
    // A value that runs change is none.
    if (node.op === "Identity" && graph.state.has(node.inputs[0])) return true;
    const value = node.op === "Identity" ? folded.initializers.get(node.inputs[0]) : constantOf(node);
    if (value === undefined) return true;
    if (node.op === "Constant" && weightsApart && hasWeights && mayTrain(value)) return true;
    folded.initializers.set(node.outputs[0], value);
    return false;
  });
  return folded;
}
