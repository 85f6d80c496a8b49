// prepare: a graph → the model that ONNX Runtime runs, and what is done outside of it.

import { GraphBuilder } from "../../graph/builder.js";
import type { Graph, Node, ValueInfo } from "../../graph/graph.js";
import { writeOnnx } from "../../graph/onnx.js";
import { foldBatchNorm, foldFactors, ScaledWeights } from "../../graph/passes/batchnorm.js";
import { prune } from "../../graph/passes/prune.js";
import { inferShapes } from "../../graph/shapes.js";
import { sizeOf } from "../../graph/tensor.js";
import { changesOf } from "../engine.js";
import type { Kernels } from "./lower/kernels.js";
import { lower } from "./lower/lower.js";
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
export function readAs(update: Update, names: ReadonlyMap<string, string>): Update {
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

/** What is made of a graph that changes values, or only reads them. */
export interface Prepared {
  /** The lowered graph as an ONNX file, the session's values among its inputs; undefined if updates are all there is. */
  readonly model: Uint8Array | undefined;
  /** Values that ONNX Runtime computes: → the output that replaces each after a run. */
  readonly next: ReadonlyMap<string, string>;
  /** How the others change after a run. */
  readonly updates: readonly Update[];
}

/** A graph whose state never changes, as a model: all values are in it. */
export function prepareConstant(graph: Graph, kernels?: Kernels): Uint8Array {
  return writeOnnx(lower(graph, kernels));
}

/** A graph whose updates are computed by the model, too: the session's values are among its inputs and outputs. */
export function prepareWhole(graph: Graph, kernels: Kernels) {
  const open = readAsInputs(foldFrozen(graph));
  const shapes = inferShapes(open);
  const lowered = lower(open, kernels).clone();
  const builder = new GraphBuilder(lowered);
  const producers = lowered.producers();
  const outputs = new Map(lowered.outputs.map((info) => [info.name, info]));
  const next = new Map<string, string>();
  for (const [name, value] of lowered.state) {
    const info = shapes.get(value);
    if (!info) throw new TypeError(`The shape of ${value} is not known.`);
    // A model gives back what it computes, not what it is fed.
    const output = producers.has(value) ? value : builder.node("Identity", [value], { name: `${name}.next` });
    next.set(name, output);
    outputs.set(output, { ...info, name: output });
  }
  lowered.outputs = [...outputs.values()];
  lowered.state = new Map();
  const model = prune(lowered, { keepInputs: false });
  orderLeaves(model);
  return { model: writeOnnx(model), next };
}

/** The session's values become inputs, so that nothing takes them for constant. */
function readAsInputs(graph: Graph): Graph {
  const open = graph.clone();
  open.state = changesOf(graph);
  for (const name of graph.state.keys()) {
    const value = open.initializers.get(name);
    if (value && open.initializers.delete(name))
      open.inputs.push({ name, type: value.type, shape: value.shape });
  }
  return open;
}

export function prepare(graph: Graph, kernels?: Kernels): Prepared {
  const parts = splitUpdate(readAsInputs(foldFrozen(graph)));
  const lowered = lower(parts.graph, kernels).clone();
  const shapes = inferShapes(parts.graph);
  const producers = lowered.producers();
  const returned = new Set(graph.outputs.map(({ name }) => name));
  const found = (info: ValueInfo) =>
    returned.has(info.name) ? info : (productOf(info.name, producers) ?? info);
  const names = new Map<string, string>();
  const listed = new Map<string, ValueInfo>();
  for (const info of lowered.outputs) {
    const output = found(info);
    names.set(info.name, output.name);
    listed.set(output.name, output);
  }
  const next = new Map<string, string>();
  for (const [name, value] of lowered.state) {
    const info = shapes.get(value);
    if (!info) throw new TypeError(`The shape of ${value} is not known.`);
    // A value that replaces two others is listed once: outputs need names of their own.
    const output = found({ ...info, name: value });
    next.set(name, output.name);
    listed.set(output.name, output);
  }
  lowered.outputs = [...listed.values()];
  lowered.state = new Map();
  const model = prune(lowered, { keepInputs: false });
  orderLeaves(model);
  const updates = parts.updates.map((update) => readAs(update, names));
  return { model: model.nodes.length === 0 ? undefined : writeOnnx(model), next, updates };
}
