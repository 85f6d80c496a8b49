// The node that is a whole foreign model: it stands in a graph like any other, and engines run what it holds.
import type { GraphBuilder } from "../builder.js";
import { type Graph, intsAttribute, type Node, type ValueInfo } from "../graph.js";
import { elementTypes, typeOfCode } from "../onnx-types.js";
import { tensor } from "../tensor.js";
import { type ForeignModel, readForeign } from "./model.js";

/** The domain of the operator `Model`. Inputs: those of the model, and behind them its file, as uint8. */
export const FOREIGN = "multihot.foreign";

/** A batch, in the attribute that holds an output's shape. */
const BATCH = -1;

/**
 * Adds a model as a node.
 * @param file an ONNX model, self-contained
 * @param inputs the values that its inputs are, in their order
 * @param outputs its outputs as they are there, whose shapes begin with the batch "N"
 * @param names what they are called here
 */
export function foreignNode(
  builder: GraphBuilder,
  file: Uint8Array,
  inputs: readonly string[],
  outputs: readonly ValueInfo[],
  names: readonly string[] = outputs.map(({ name }) => name),
): string[] {
  const weights = builder.initializer("trunk.model", tensor("uint8", [file.length], file));
  const attributes = outputs.flatMap(({ type, shape }, i) => [
    [`type${i}`, elementTypes[type].code] as const,
    [`shape${i}`, shape.map((d) => (typeof d === "number" ? d : BATCH))] as const,
  ]);
  return builder.nodes("Model", [...inputs, weights], {
    name: "trunk",
    domain: FOREIGN,
    outputs: names,
    attributes: Object.fromEntries(attributes),
  });
}

export function isForeign({ domain }: Node): boolean {
  return domain === FOREIGN;
}

/** Whether a part of a graph is a foreign model. */
export function hasForeign(graph: Graph): boolean {
  return graph.nodes.some(isForeign);
}

/** Types and shapes of a foreign node's outputs. */
export function foreignShapes(node: Node): Omit<ValueInfo, "name">[] {
  return node.outputs.map((_, i) => ({
    type: typeOfCode(Number(node.attributes[`type${i}`])) ?? "float32",
    shape: (intsAttribute(node, `shape${i}`) ?? []).map((d) => (d === BATCH ? "N" : d)),
  }));
}

/** The model that a node holds. */
export function modelOf(node: Node, { initializers }: Graph): ForeignModel {
  const file = initializers.get(fileOf(node));
  if (file?.type !== "uint8") throw new TypeError(`Node "${node.name}" holds no model.`);
  return readForeign(file.data, node.name);
}

/** The initializer with the model's file. */
export function fileOf(node: Node): string {
  return node.inputs[node.inputs.length - 1];
}
