// Pass: splits a network where its frozen part ends, so that the frozen part need run only once a picture.
import type { Graph, ValueInfo } from "../graph.js";
import { inferShapes } from "../shapes.js";
import { prune } from "./prune.js";

/** A graph as two in a row: the trunk's outputs are the rest's inputs, under the same names. */
export interface Halves {
  /** From the graph's inputs; holds no trainable weight. */
  trunk: Graph;
  /** To the graph's outputs. */
  rest: Graph;
}

/** The part of a graph that makes `outputs` from `inputs`. */
function between(graph: Graph, inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): Graph {
  const given = new Set(inputs.map(({ name }) => name));
  const part = graph.clone();
  part.inputs = [...inputs];
  part.outputs = [...outputs];
  part.nodes = graph.nodes.filter((node) => !node.outputs.some((output) => given.has(output)));
  return prune(part);
}

/**
 * Splits a network (a graph without state) at the last values that no trainable weight has touched.
 *
 * @param trainable names of initializers
 * @returns undefined where there is nothing to split off, or where the frontier cannot be kept by picture
 *   (a value at it is not float32 [N, …] with known dimensions behind N)
 */
export function splitFrozen(graph: Graph, trainable: ReadonlySet<string>): Halves | undefined {
  const live = new Set(trainable);
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const moving = new Set(inputs);
  const frontier = new Set<string>();
  for (const node of graph.nodes) {
    const lives = node.inputs.some((input) => live.has(input));
    if (lives)
      for (const input of node.inputs) if (moving.has(input) && !live.has(input)) frontier.add(input);
    const moves = node.inputs.some((input) => moving.has(input));
    for (const output of node.outputs) {
      if (lives) live.add(output);
      if (moves) moving.add(output);
    }
  }
  if (!graph.outputs.every(({ name }) => live.has(name) && moving.has(name))) return undefined;
  const infos = inferShapes(graph);
  const batch = graph.inputs[0].shape[0];
  const values: ValueInfo[] = [];
  for (const name of frontier) {
    const info = infos.get(name);
    if (inputs.has(name) || info?.type !== "float32") return undefined;
    if (info.shape[0] !== batch || info.shape.slice(1).some((d) => typeof d !== "number")) return undefined;
    values.push(info);
  }
  if (values.length === 0) return undefined;
  return { trunk: between(graph, graph.inputs, values), rest: between(graph, values, graph.outputs) };
}
