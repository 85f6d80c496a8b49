// Places: where a network is quantized. Convolutions and what lies between them compute on bytes; the
// normalization before them and the pooling, classifier and sigmoid behind them stay float32.
import type { Graph, Node } from "../graph.js";
import { inferShapes } from "../shapes.js";

export interface Places {
  /** The values that are quantized, in the order in which they are made. */
  readonly values: readonly string[];
  /** Of those: a value → the one whose scale it shares (what a MaxPool gives has the range of what it takes). */
  readonly shared: ReadonlyMap<string, string>;
  /** The convolutions whose weights are quantized. */
  readonly convolutions: ReadonlySet<Node>;
}

/** The inputs of a node that are computed from the picture, if it is one that works on bytes. */
function activationsOf(node: Node, graph: Graph): readonly string[] | undefined {
  if (node.domain !== "") return undefined;
  const isConstant = (name: string) => graph.initializers.has(name);
  const [x, weight, bias] = node.inputs;
  switch (node.op) {
    case "Conv":
      return isConstant(weight) && (!bias || isConstant(bias)) ? [x] : undefined;
    case "MaxPool":
    case "AveragePool":
      return [x];
    case "Add":
    case "Concat":
      return node.inputs.some(isConstant) ? undefined : node.inputs;
    default:
      return undefined;
  }
}

/** Whether quantizing its input to bytes from 0 up does all that the node does: Relu, and Clip from 0. */
export function isSaturation(node: Node, graph: Graph): boolean {
  if (node.domain !== "") return false;
  if (node.op === "Relu") return true;
  return node.op === "Clip" && graph.initializers.get(node.inputs[1] ?? "")?.data[0] === 0;
}

/** @param graph a network that infers, its BatchNormalizations folded */
export function quantizationPlaces(graph: Graph): Places {
  const consumers = graph.consumers();
  const shapes = inferShapes(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const isPicture = (value: string) => shapes.get(value)?.shape.length === 4;
  const chosen = new Set<string>();
  const shared = new Map<string, string>();
  const convolutions = new Set<Node>();
  for (const node of graph.nodes) {
    const activations = activationsOf(node, graph);
    if (!activations?.every(isPicture)) continue;
    let [made] = node.outputs;
    const next = consumers.get(made);
    if (next?.length === 1 && !outputs.has(made) && isSaturation(next[0], graph)) [made] = next[0].outputs;
    for (const value of [...activations, made]) chosen.add(value);
    if (node.op === "Conv") convolutions.add(node);
    if (node.op === "MaxPool" && made === node.outputs[0]) shared.set(made, activations[0]);
  }
  if (convolutions.size === 0) return { values: [], shared: new Map(), convolutions };
  const order = [...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap((node) => node.outputs)];
  return { values: order.filter((value) => chosen.has(value) && !outputs.has(value)), shared, convolutions };
}
