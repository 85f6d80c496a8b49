// Sizes: what a graph computes of shapes alone becomes constants, the number of images kept free.
//
// Exporters write shapes as chains (Shape, Gather, Div, Concat, …, Reshape). Where all sizes but the number of images
// are known, most of them are numbers, and a Reshape says by 0 "as it was" and by −1 "what is left".
import { GraphBuilder } from "../builder.js";
import type { Dimension, Graph, Node, ValueInfo } from "../graph.js";
import { type Inference, infer } from "../shapes.js";
import { int64, sizeOf, type Tensor, tensor } from "../tensor.js";
import { prune } from "./prune.js";

/** The value as a tensor of integers or truths, where all its elements are numbers. Others may be weights. */
function constantOf(name: string, { infos, values }: Inference): Tensor | undefined {
  const info = infos.get(name);
  const elements = values.get(name);
  if (!info || !elements?.every((value): value is number => typeof value === "number")) return undefined;
  const shape = info.shape.map(Number);
  if (elements.length !== sizeOf(shape)) return undefined;
  if (info.type === "bool") return tensor("bool", shape, Uint8Array.from(elements));
  return info.type === "int64" ? int64(shape, elements.map(clamped)) : undefined;
}

/** "To the end" is written as the largest int64, which a number does not hold exactly. */
const clamped = (value: number) => Math.min(value, Number.MAX_SAFE_INTEGER);

/** A Reshape's target by numbers, 0 and at most one −1; undefined where that can't be said. */
function targetOf(from: readonly Dimension[], to: readonly Dimension[]): number[] | undefined {
  const target = to.map((d, i) => (typeof d === "number" ? d : d === from[i] ? 0 : -1));
  // A size of 0 would be read as "as it was".
  if (to.includes(0)) return undefined;
  return target.filter((d) => d === -1).length <= 1 ? target : undefined;
}

/** A copy in which sizes that are known are constants; what nothing uses any more is gone. */
export function foldSizes(graph: Graph): Graph {
  if (!graph.nodes.some(({ op, domain }) => op === "Shape" && domain === "")) return graph;
  const inference = infer(graph);
  const { infos, values } = inference;
  const folded = graph.clone();
  const kept = new Set([...graph.outputs.map(({ name }) => name), ...graph.state.values()]);
  const shapeOf = (name: string) => infos.get(name)?.shape ?? [];
  const builder = new GraphBuilder(folded);
  folded.nodes = [];
  const counts = new Map<string, string>();
  /** A list of one: how many images there are. */
  const countOf = (input: ValueInfo): string => {
    const known = counts.get(input.name);
    if (known) return known;
    const made = builder.node("Shape", [input.name], {
      name: `${input.name}.count`,
      attributes: { start: 0, end: 1 },
    });
    counts.set(input.name, made);
    return made;
  };
  /** A shape of numbers around the number of images; undefined for one with other names. */
  const shapeAround = (dimensions: readonly Dimension[], name: string): string | undefined => {
    const inputs = dimensions.map((d) => graph.inputs.find(({ shape }) => shape[0] === d));
    if (!dimensions.every((d, i) => typeof d === "number" || inputs[i])) return undefined;
    const parts = dimensions.map((d, i) => {
      const input = typeof d === "string" ? inputs[i] : undefined;
      return input ? countOf(input) : builder.ints([Number(d)], "size");
    });
    return parts.length === 1 ? parts[0] : builder.node("Concat", parts, { name, attributes: { axis: 0 } });
  };
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const [output] = node.outputs;
    if (node.op === "Constant" || node.outputs.length > 1) return [node];
    const constant = values.has(output) && !kept.has(output) ? constantOf(output, inference) : undefined;
    if (constant) {
      folded.initializers.set(output, constant);
      return [];
    }
    if (node.op === "Expand") {
      const dimensions = graph.initializers.has(node.inputs[1]) ? undefined : values.get(node.inputs[1]);
      const shape = dimensions && shapeAround(dimensions, `${node.name}.shape`);
      return shape === undefined ? [node] : [{ ...node, inputs: [node.inputs[0], shape] }];
    }
    if (node.op !== "Reshape" || graph.initializers.has(node.inputs[1])) return [node];
    const target = targetOf(shapeOf(node.inputs[0]), shapeOf(output));
    if (!target) return [node];
    const name = `${output}.shape`;
    folded.initializers.set(name, int64([target.length], target));
    return [{ ...node, inputs: [node.inputs[0], name], attributes: {} }];
  });
  // What counts images comes first: it needs the inputs alone.
  folded.nodes = [...folded.nodes, ...nodes];
  return prune(folded);
}
