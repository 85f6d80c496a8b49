// lower: a graph with operators of our training domain → one with standard operators alone.
import { GraphBuilder } from "../../../graph/builder.js";
import { type Graph, type Node, TRAINING, type ValueInfo } from "../../../graph/graph.js";
import { decompose, isYounger } from "../../../graph/passes/decompose.js";
import { inferShapes } from "../../../graph/shapes.js";
import { clipGradient, gelu, reluGradient, swish } from "./activation.js";
import { changingConvolution } from "./conv-forward.js";
import { convInputGradient } from "./conv-input.js";
import { convWeightGradient } from "./conv-weight.js";
import type { Lowering, LoweringContext } from "./lowering.js";
import { batchNormGradient, batchNormTraining } from "./normalization.js";
import { averagePoolGradient, maxPoolGradient, withoutCeil } from "./pooling.js";

const lowerings: Readonly<Record<string, Lowering>> = {
  ConvInputGradient: convInputGradient,
  ConvWeightGradient: convWeightGradient,
  BatchNormTraining: batchNormTraining,
  BatchNormGradient: batchNormGradient,
  MaxPoolGradient: maxPoolGradient,
  AveragePoolGradient: averagePoolGradient,
  ReluGradient: reluGradient,
  ClipGradient: clipGradient,
};

/** Operators of ONNX's own that are younger than our operator set, as ONNX Runtime has them all the same. */
const younger: Readonly<Record<string, Lowering>> = { Gelu: gelu, Swish: swish };

const hasOwn = ({ op, domain }: Node) => domain === "" && op in younger;

/** Whether ONNX Runtime gets a node as what its operator decomposes to. */
function isDecomposed(node: Node): boolean {
  const { op, domain } = node;
  if (domain === TRAINING) return !(op in lowerings);
  return isYounger(node) && !(op in younger);
}

const isPool = (node: Node) => node.domain === "" && /^(Max|Average)Pool$/.test(node.op);

/** The same graph in standard operators whose ONNX Runtime kernels can be trusted. */
export function lower(whole: Graph): Graph {
  const graph = decompose(whole, isDecomposed);
  if (graph.nodes.every((node) => node.domain !== TRAINING && !isPool(node) && !hasOwn(node))) return graph;
  const shapes = inferShapes(graph);
  const shape = (value: string): ValueInfo => {
    const info = shapes.get(value);
    if (!info) throw new TypeError(`The shape of ${value} is not known.`);
    return info;
  };
  const lowered = graph.clone();
  const builder = new GraphBuilder(lowered);
  const context: LoweringContext = { builder, shape, centred: new Map(), made: new Map() };
  lowered.nodes = [];
  for (const node of graph.nodes) {
    if (node.domain === TRAINING) lowerings[node.op](node, context);
    else if (hasOwn(node)) younger[node.op](node, context);
    else if (node.op === "Conv" && !graph.initializers.has(node.inputs[1]))
      changingConvolution(node, context);
    else lowered.nodes.push(isPool(node) ? withoutCeil(node, shape(node.inputs[0])) : node);
  }
  return lowered;
}
