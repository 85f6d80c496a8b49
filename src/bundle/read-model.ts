// The model file of a bundle as a graph: of known operators where it can be, else as one node that runs it as it is.
import { GraphBuilder } from "../graph/builder.js";
import { type ForeignModel, type ForeignValue, readForeign } from "../graph/foreign/model.js";
import { foreignNode } from "../graph/foreign/node.js";
import { Graph, OPSET, type ValueInfo } from "../graph/graph.js";
import { readOnnx } from "../graph/onnx.js";
import { typeOfCode } from "../graph/onnx-types.js";
import { knownOps } from "../graph/operators/index.js";

/**
 * @param source what the bytes are, for messages
 * @throws UserError if the bytes are no ONNX model
 */
export function readModel(bytes: Uint8Array, source: string): Graph {
  const model = readForeign(bytes, source);
  return isKnown(model) ? readOnnx(bytes, source) : asNode(bytes, model);
}

/** Whether all operators are known here, in the operator set that we write. */
function isKnown({ opsets, graph }: ForeignModel): boolean {
  return (
    (opsets.get("") ?? OPSET) <= OPSET &&
    graph.nodes.every(({ domain, op }) => domain === "" && knownOps.has(op))
  );
}

function asNode(bytes: Uint8Array, { graph: { inputs, outputs } }: ForeignModel): Graph {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  for (const value of inputs) builder.input(infoOf(value));
  for (const value of outputs) builder.output(infoOf(value));
  foreignNode(
    builder,
    bytes,
    graph.inputs.map(({ name }) => name),
    graph.outputs,
  );
  return graph;
}

function infoOf({ name, code, shape = [] }: ForeignValue): ValueInfo {
  return { name, type: typeOfCode(code) ?? "float32", shape };
}
