// prepare: a graph → the model that ONNX Runtime runs, and what is done outside of it.
import type { Graph, Node, ValueInfo } from "../../graph/graph.js";
import { writeOnnx } from "../../graph/onnx.js";
import { foldBatchNorm, foldFactors, ScaledWeights } from "../../graph/passes/batchnorm.js";
import { prune } from "../../graph/passes/prune.js";
import { inferShapes } from "../../graph/shapes.js";
import { sizeOf, type Tensor } from "../../graph/tensor.js";
import { lower } from "./lower/lower.js";
import type { Start } from "./start.js";
import { splitUpdate, type Update } from "./update.js";

/** A matrix product whose Reshape would only copy it: an update takes the elements as they lie. */
function productOf(value: string, producers: ReadonlyMap<string, Node>): ValueInfo | undefined {
  const reshape = producers.get(value);
  const product = reshape?.op === "Reshape" ? producers.get(reshape.inputs[0]) : undefined;
  if (product?.op !== "Gemm") return undefined;
  const [name] = product.outputs;
  return { name, type: "float32", shape: [`${name}.rows`, `${name}.columns`] };
}

/** Changes which values an update reads. */
function readAs(update: Update, names: ReadonlyMap<string, string>): Update {
  const reads = update.reads.map(({ name, single }) => ({ name: names.get(name) ?? name, single }));
  const { unless } = update;
  return { ...update, reads, unless: unless && { ...unless, rest: readAs(unless.rest, names) } };
}

/**
 * ONNX Runtime begins with what the last of the nodes whose results no other uses needs, and goes on with the one
 * before. So those come at the end, the earliest last: each gradient of a weight is then computed as soon as it can
 * be, not after all others with everything that it needs still in memory.
 */
function orderLeaves(graph: Graph): void {
  const consumers = graph.consumers();
  const isLeaf = (node: Node) => !node.outputs.some((output) => consumers.has(output));
  const leaves = graph.nodes.filter(isLeaf);
  graph.nodes = [...graph.nodes.filter((node) => !isLeaf(node)), ...leaves.reverse()];
}

/**
 * Normalization on frozen statistics goes into the weights before it where they are few beside what it normalises:
 * where they train, they and their gradients are multiplied in each step instead.
 */
function foldFrozen(graph: Graph): Graph {
  if (graph.state.size === 0) return graph;
  const shapes = inferShapes(graph);
  const positions = new Map<string, number>();
  for (const { op, domain, inputs, outputs } of graph.nodes) {
    if (op !== "Conv" || domain !== "") continue;
    const [, , height, width] = shapes.get(outputs[0])?.shape.map(Number) ?? [];
    positions.set(inputs[1], height * width);
  }
  const wanted = (weight: string) => {
    const [, ...filter] = graph.initializers.get(weight)?.shape ?? [];
    return graph.state.has(weight) && sizeOf(filter) <= FEW_IMAGES * (positions.get(weight) ?? 0);
  };
  const weights = new ScaledWeights();
  return foldFactors(foldBatchNorm(graph, weights, wanted), weights, wanted);
}

/** As many as nearly every batch has. */
const FEW_IMAGES = 4;

/** State becomes inputs and outputs of the model, so that ONNX Runtime takes none of it for constant. */
export function prepare(graph: Graph, threads: number): Start {
  const state = new Map<string, Tensor>();
  for (const name of graph.state.keys()) {
    const value = graph.initializers.get(name);
    if (!value) throw new TypeError(`State ${name} is no initializer of the graph.`);
    state.set(name, value);
  }
  const parts = splitUpdate(foldFrozen(graph));
  const lowered = lower(parts.graph, new Set(state.keys())).clone();
  const next = lowered.state;
  if (state.size === 0)
    return { model: writeOnnx(lowered), threads, outputs: namesOf(graph), next, state, updates: [] };

  const shapes = inferShapes(parts.graph);
  const producers = lowered.producers();
  const returned = namesOf(graph);
  const names = new Map<string, string>();
  const listed = new Map<string, ValueInfo>();
  for (const info of lowered.outputs) {
    const found = returned.includes(info.name) ? info : (productOf(info.name, producers) ?? info);
    names.set(info.name, found.name);
    listed.set(found.name, found);
  }
  // A value that replaces two states is listed once: outputs need names of their own.
  for (const [name, value] of next) {
    const info = shapes.get(value) ?? state.get(name);
    if (info) listed.set(value, { type: info.type, shape: info.shape, name: value });
  }
  lowered.outputs = [...listed.values()];
  const model = prune(lowered);
  for (const [name, { type, shape }] of state) {
    if (model.initializers.delete(name)) model.inputs.push({ name, type, shape });
  }
  model.state = new Map();
  orderLeaves(model);
  const updates = parts.updates.map((update) => readAs(update, names));
  return { model: writeOnnx(model), threads, outputs: returned, next, state, updates };
}

const namesOf = ({ outputs }: Graph): string[] => outputs.map(({ name }) => name);
