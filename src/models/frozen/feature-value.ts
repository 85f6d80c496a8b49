// The feature output of a network whose operators need not be known: by name, or what its last linear layer takes.
import type { ForeignGraph, ForeignNode } from "../../graph/foreign/model.js";
import { readsOf } from "../../graph/foreign/model.js";

/** What networks that were exported to give features call them, the best first. */
const names = ["features", "pooler_output", "image_embeds", "last_hidden_state"];

/** Operators that multiply by a matrix of weights. */
const products = new Set([
  "Gemm",
  "MatMul",
  "FusedMatMul",
  "FusedGemm",
  "MatMulInteger",
  "MatMulIntegerToFloat",
  "DynamicQuantizeMatMul",
  "MatMulNBits",
  "MatMulBnb4",
  "QLinearMatMul",
  "QGemm",
]);
const convolutions = new Set(["Conv", "FusedConv", "ConvInteger", "QLinearConv"]);
/** What may stand between a classifier and the output, and between the features and the classifier. */
const passing = new Set([
  ...["Softmax", "LogSoftmax", "Sigmoid", "Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze"],
  ...["Add", "Sub", "Mul", "Div", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "Transpose"],
]);
/** And where a convolution classifies each place before the mean over them, as SqueezeNet's does. */
const averaging = new Set([
  "GlobalAveragePool",
  "AveragePool",
  "ReduceMean",
  "Relu",
  "QLinearGlobalAveragePool",
]);
/** What keeps values, between the features and a quantized classifier. */
const casting = new Set(["Cast", "DynamicQuantizeLinear", "Identity", "Dropout"]);

/** Which value holds the features, and how that was found. */
export interface FeatureValue {
  readonly name: string;
  readonly why: string;
}

/** The graph's features. */
export function featureValueOf(graph: ForeignGraph): FeatureValue {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const values = new Set(graph.nodes.flatMap((node) => node.outputs));
  for (const name of names) {
    if (outputs.has(name)) return { name, why: `the output ${name}` };
  }
  if (values.has("features")) return { name: "features", why: "the value of that name" };
  const [{ name: first }] = graph.outputs;
  const found = classifierInput(graph, first);
  if (found !== undefined) return { name: found, why: "what the last linear layer takes" };
  return { name: first, why: "the first output" };
}

/** What the last layer of weights before an output takes; undefined where something else than that makes it. */
function classifierInput(graph: ForeignGraph, output: string): string | undefined {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const moving = movingValues(graph);
  const shapes = new Map(graph.initializers.map(({ name, shape }) => [name, shape]));
  for (let node = makers.get(output); node !== undefined; ) {
    const data = node.inputs.filter((name) => moving.has(name));
    const linear = products.has(node.op);
    if (data.length !== 1 && !(linear && data.length > 0)) return undefined;
    if (linear)
      return data.length === 1 ? before(data[0], makers, moving) : scaledInput(node, data, makers, moving);
    if (convolutions.has(node.op)) {
      const classes = classesOf(node, shapes, makers);
      const named = /classifier|fc|head|logit|prob|score/i.test(`${output} ${node.name}`);
      const classifies = classes !== undefined && (named || classes === 1000 || classes === 1001);
      return classifies ? before(data[0], makers, moving) : undefined;
    }
    if (!passing.has(node.op) && !averaging.has(node.op)) return undefined;
    node = makers.get(data[0]);
  }
  return undefined;
}

/** A product of bytes takes values and their scale, both of which come from one quantization. */
function scaledInput(
  node: ForeignNode,
  data: readonly string[],
  makers: ReadonlyMap<string, ForeignNode>,
  moving: ReadonlySet<string>,
): string | undefined {
  const [maker, ...others] = new Set(data.map((name) => makers.get(name)));
  return maker !== undefined && others.length === 0 && node.op.includes("Integer")
    ? before(maker.outputs[0], makers, moving)
    : undefined;
}

/** The channels that a 1×1 convolution makes; undefined for a larger window. */
function classesOf(
  { inputs }: ForeignNode,
  shapes: ReadonlyMap<string, readonly number[]>,
  makers: ReadonlyMap<string, ForeignNode>,
): number | undefined {
  for (const name of inputs.slice(1)) {
    const shape = shapes.get(name) ?? shapes.get(makers.get(name)?.inputs[0] ?? "");
    if (shape?.length !== 4) continue;
    return shape[2] === 1 && shape[3] === 1 ? shape[0] : undefined;
  }
  return undefined;
}

/** The value before quantization. */
function before(name: string, makers: ReadonlyMap<string, ForeignNode>, moving: ReadonlySet<string>): string {
  for (let value = name; ; ) {
    const node = makers.get(value);
    if (node === undefined || !casting.has(node.op)) return value;
    const next = node.inputs.find((input) => moving.has(input));
    if (next === undefined) return value;
    value = next;
  }
}

/** The values that depend on the image. */
function movingValues(graph: ForeignGraph): Set<string> {
  const moving = new Set(graph.inputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    // The shape of an image is no content of it.
    if (node.op === "Shape" || node.op === "Size") continue;
    if (readsOf(node).some((name) => moving.has(name))) for (const name of node.outputs) moving.add(name);
  }
  return moving;
}
