// The classifier of an ONNX file: where the features are before it.
import type { Graph, Node } from "../../graph/graph.js";
import { moduleOfNode } from "../modules.js";
import { averages } from "./pooling.js";

/** What may stand behind a classifier without changing which of its outputs is greatest. */
const activations = new Set(["Softmax", "LogSoftmax", "Sigmoid", "Identity", "Dropout"]);
const flattenings = new Set(["Flatten", "Reshape", "Squeeze"]);

function isWeight(graph: Graph, name: string): boolean {
  return graph.initializers.get(name)?.type === "float32";
}

/** What a linear layer takes, if the node is one: Gemm, MatMul, or Add of a bias to a MatMul. */
function linearInput(graph: Graph, node: Node, makers: ReadonlyMap<string, Node>): string | undefined {
  const [a, b] = node.inputs;
  // A linear layer without a bias is exported as a product with the transposed weight.
  const transposed = makers.get(b);
  const turned = transposed?.op === "Transpose" && isWeight(graph, transposed.inputs[0]);
  if (node.op === "Gemm" || node.op === "MatMul") return isWeight(graph, b) || turned ? a : undefined;
  if (node.op !== "Add") return undefined;
  const product = makers.get(isWeight(graph, a) ? b : a);
  return product?.op === "MatMul" && (isWeight(graph, a) || isWeight(graph, b))
    ? linearInput(graph, product, makers)
    : undefined;
}

/**
 * Whether a 1x1 convolution, whose channels are the output, is a classifier: it says so by its module's name or
 * the output's, or its channels are the classes of ImageNet (1000, or 1001 with one for "none").
 */
function isClassifying(conv: Node, channels: number, output: string): boolean {
  const named = moduleOfNode(conv.name)
    .split(".")
    .some((part) => /^(classifier|fc|head|logits)$/i.test(part));
  return named || /logit|prob|score|class/i.test(output) || channels === 1000 || channels === 1001;
}

/** What a 1x1 convolution takes that classifies each place before the mean over them (as SqueezeNet's does). */
function convolutionInput(
  graph: Graph,
  value: string,
  makers: ReadonlyMap<string, Node>,
  output: string,
): string | undefined {
  let flattened = false;
  for (let node = makers.get(value); node; node = makers.get(node.inputs[0])) {
    if (node.op === "Conv") {
      const [channels, , height, width] = graph.initializers.get(node.inputs[1])?.shape ?? [];
      const classifies = flattened && height === 1 && width === 1 && isClassifying(node, channels, output);
      return classifies ? node.inputs[0] : undefined;
    }
    if (flattenings.has(node.op)) flattened = true;
    else if (!averages.has(node.op) && !activations.has(node.op) && node.op !== "Relu") return undefined;
  }
  return undefined;
}

/**
 * The value that holds the features: what the last linear layer takes, or the 1x1 convolution that classifies;
 * without either, the graph's first output, less an activation behind it.
 */
export function featureValue(graph: Graph): string {
  const makers = graph.producers();
  const output = graph.outputs[0].name;
  let value = output;
  let node = makers.get(value);
  for (; node && activations.has(node.op); node = makers.get(value)) value = node.inputs[0];
  const linear = node && linearInput(graph, node, makers);
  return linear ?? convolutionInput(graph, value, makers, output) ?? value;
}
