// Operators: what the engine can run.
import { type Graph, type Node, TRAINING } from "../../graph/graph.js";
import { isComposite } from "../../graph/passes/decompose.js";
import { expressionOf } from "../loops/expressions.js";
import { operatorOf } from "./host/operators.js";
import { makesView } from "./host/views.js";

const standard = new Set([
  "Constant",
  "Conv",
  "Gemm",
  "MatMul",
  "BatchNormalization",
  "GlobalAveragePool",
  "ReduceSumSquare",
]);
const training = new Set([
  "ConvInputGradient",
  "ConvWeightGradient",
  "BatchNormTraining",
  "BatchNormGradient",
]);

/** The first node whose operator the engine does not know. */
export function firstUnknown({ nodes }: Graph): Node | undefined {
  return nodes.find((node) => !canRun(node));
}

/** Whether the engine has code for a node's operator. */
export function hasCode(node: Node): boolean {
  const own = node.domain === "" ? standard : node.domain === TRAINING ? training : undefined;
  return Boolean(own?.has(node.op) || expressionOf(node) || operatorOf(node) || makesView(node));
}

/** Whether the engine can run a node: by code of its own, or as the simpler operators that it decomposes to. */
export function canRun(node: Node): boolean {
  return hasCode(node) || isComposite(node);
}
