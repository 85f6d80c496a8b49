// Pooling for any size: exporters write the last pool and the reshape behind it for one size of picture.
import { GraphBuilder } from "../../graph/builder.js";
import { windowOf } from "../../graph/convolution.js";
import { type Graph, intAttribute, intsAttribute, type Node, type ValueInfo } from "../../graph/graph.js";

/** The operators that average over height and width. */
export const averages: ReadonlySet<string> = new Set(["GlobalAveragePool", "AveragePool", "ReduceMean"]);

function isSpatialMean(node: Node): boolean {
  const axes = intsAttribute(node, "axes");
  if (node.op !== "ReduceMean" || axes?.length !== 2) return false;
  const positive = axes.map((axis) => (axis < 0 ? axis + 4 : axis));
  return positive.includes(2) && positive.includes(3);
}

/** Whether a Reshape or Squeeze makes [N, C·H·W] of its input, whose maker is given. */
function isFlattening(node: Node, maker: Node | undefined, graph: Graph): boolean {
  if (node.op !== "Reshape" && node.op !== "Squeeze") return false;
  const pooled = maker !== undefined && averages.has(maker.op);
  const constant = graph.initializers.get(node.inputs[1] ?? "");
  const values = constant && Array.from(constant.data, Number);
  if (node.op === "Squeeze")
    return pooled && (!node.inputs[1] || (values?.length === 2 && !values.includes(0)));
  // A shape computed at run time behind a pool is the batch and the rest.
  if (values === undefined) return pooled;
  const [batch, rest] = values;
  return values.length === 2 && (pooled || (batch >= 0 && rest === -1));
}

/**
 * A copy in which a mean over height and width is GlobalAveragePool, and a Reshape or Squeeze of what it gives,
 * whose shape names the exporter's batch or width, is Flatten.
 */
export function canonicalPooling(graph: Graph): Graph {
  const result = graph.clone();
  const builder = new GraphBuilder(result);
  result.nodes = [];
  const makers = graph.producers();
  for (const node of graph.nodes) {
    const [x] = node.inputs;
    const { name, outputs } = node;
    const flatten = (input: string) =>
      builder.node("Flatten", [input], { name: `${name}.flatten`, outputs, attributes: { axis: 1 } });
    if (isSpatialMean(node)) {
      const kept = intAttribute(node, "keepdims", 1) === 1;
      if (kept) result.nodes.push({ ...node, op: "GlobalAveragePool", attributes: {} });
      else flatten(builder.node("GlobalAveragePool", [x], { name: `${name}.mean` }));
    } else if (isFlattening(node, makers.get(x), graph)) flatten(x);
    else result.nodes.push(node);
  }
  return result;
}

/**
 * A copy in which an AveragePool whose one window is the whole of its input is GlobalAveragePool.
 * @param infos the shapes at the size that the file was made for
 */
export function globalPooling(graph: Graph, infos: ReadonlyMap<string, ValueInfo>): Graph {
  const result = graph.clone();
  result.nodes = graph.nodes.map((node) => {
    if (node.op !== "AveragePool") return node;
    const { kernel, pads } = windowOf(node);
    const [, , height, width] = infos.get(node.inputs[0])?.shape ?? [];
    const whole = kernel[0] === height && kernel[1] === width && pads.every((pad) => pad === 0);
    return whole ? { ...node, op: "GlobalAveragePool", attributes: {} } : node;
  });
  return result;
}
