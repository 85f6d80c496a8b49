// lower: a graph with operators of our training domain → one with standard operators alone.
import { GraphBuilder } from "../../../graph/builder.js";
import { type Graph, type Node, TRAINING, type ValueInfo } from "../../../graph/graph.js";
import { lossIn } from "../../../graph/operators/loss/multi-label-loss.js";
import { decompose, isYounger } from "../../../graph/passes/decompose.js";
import { inferShapes } from "../../../graph/shapes.js";
import { clipGradient, gelu, reluGradient, swish } from "./activation.js";
import { changingConvolution } from "./conv-forward.js";
import { convInputGradient } from "./conv-input.js";
import { convWeightGradient } from "./conv-weight.js";
import { cpuKernels, type Kernels } from "./kernels.js";
import type { Lowering, LoweringContext } from "./lowering.js";
import { batchNormGradient, batchNormTraining } from "./normalization.js";
import { averagePoolGradient, maxPoolGradient, pool } from "./pooling.js";
import { sum } from "./sum.js";

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

/** Whether ONNX Runtime gets a node as what its operator decomposes to. */
function isDecomposed(node: Node): boolean {
  const { op, domain } = node;
  if (domain === TRAINING) return !(op in lowerings);
  return isYounger(node) && !(op in younger);
}

const isLoss = ({ op, domain }: Node) => domain === TRAINING && op === "MultiLabelLoss";

/** Operators of ONNX's own that are lowered where their kernels cannot be trusted. */
function standardOf({ op, domain }: Node, kernels: Kernels): Lowering | undefined {
  if (domain !== "") return undefined;
  if (op in younger) return younger[op];
  if (op === "MaxPool" || op === "AveragePool") return pool;
  return op === "Sum" && !kernels.sum ? sum : undefined;
}

/**
 * The same graph in standard operators whose ONNX Runtime kernels can be trusted.
 * @param kernels those of the provider that will run it
 */
export function lower(given: Graph, kernels: Kernels = cpuKernels): Graph {
  const whole = kernels.float64 ? given : decompose(given, isLoss, lossIn("float32"));
  const graph = decompose(whole, isDecomposed);
  if (graph.nodes.every((node) => node.domain !== TRAINING && !standardOf(node, kernels))) return graph;
  const shapes = inferShapes(graph);
  const shape = (value: string): ValueInfo => {
    const info = shapes.get(value);
    if (!info) throw new TypeError(`The shape of ${value} is not known.`);
    return info;
  };
  const lowered = graph.clone();
  const builder = new GraphBuilder(lowered);
  const context: LoweringContext = {
    builder,
    kernels,
    shape,
    centred: new Map(),
    made: new Map(),
    pools: new Map(),
  };
  lowered.nodes = [];
  for (const node of graph.nodes) {
    const standard = standardOf(node, kernels);
    if (node.domain === TRAINING) lowerings[node.op](node, context);
    else if (standard) standard(node, context);
    else if (node.op === "Conv" && !graph.initializers.has(node.inputs[1]))
      changingConvolution(node, context);
    else lowered.nodes.push(node);
  }
  return lowered;
}
