// Pass: batch normalization on given, constant statistics, folded into the convolution before it; and its gradient.
import { GraphBuilder } from "../builder.js";
import { floatAttribute, type Graph, type Node, TRAINING } from "../graph.js";
import { float32, sizeOf, type Tensor } from "../tensor.js";

/** A constant float32 tensor. */
function constant(graph: Graph, name: string): Float32Array | undefined {
  const tensor = graph.state.has(name) ? undefined : graph.initializers.get(name);
  return tensor?.type === "float32" ? tensor.data : undefined;
}

interface Affine {
  readonly factor: Float32Array;
  readonly shift: Float32Array;
}

/** y = factor · x + shift, channel by channel: what a BatchNormalization of constants computes. */
function affineOf(graph: Graph, node: Node): Affine | undefined {
  const [scale, bias, mean, variance] = node.inputs.slice(1).map((name) => constant(graph, name));
  if (!scale || !bias || !mean || !variance) return undefined;
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  const factor = Float32Array.from(scale, (value, i) => value / Math.sqrt(variance[i] + epsilon));
  const shift = Float32Array.from(
    bias,
    (value, i) => value - (mean[i] * scale[i]) / Math.sqrt(variance[i] + epsilon),
  );
  return { factor, shift };
}

/** Which convolutions a pass changes, by the name of their weights. */
type Wanted = (weight: string) => boolean;
const all: Wanted = () => true;

/**
 * A copy in which Conv → BatchNormalization is a Conv whose weights are multiplied, output channel by output
 * channel: at once where they are constant, by a node where they train.
 */
export function foldBatchNorm(graph: Graph, weights: ScaledWeights, wanted = all): Graph {
  const folded = graph.clone();
  // Made first: it is to know the names that are taken.
  const builder = new GraphBuilder(folded);
  folded.nodes = [];
  const consumers = graph.consumers();
  const kept = new Set([...graph.outputs.map(({ name }) => name), ...graph.state.values()]);
  const producers = graph.producers();
  const replaced = new Map<Node, Node>();
  const dropped = new Set<Node>();
  for (const node of graph.nodes) {
    if (node.op !== "BatchNormalization" || node.domain !== "") continue;
    const conv = producers.get(node.inputs[0]);
    if (conv?.op !== "Conv" || conv.domain !== "" || kept.has(node.inputs[0])) continue;
    if (!wanted(conv.inputs[1])) continue;
    if (consumers.get(node.inputs[0])?.length !== 1) continue;
    const bias = conv.inputs[2] ? constant(graph, conv.inputs[2]) : undefined;
    const affine = affineOf(graph, node);
    if (!affine || (conv.inputs[2] && !bias)) continue;
    const { factor, shift } = affine;
    const total = shift.map((value, i) => value + factor[i] * (bias?.[i] ?? 0));
    replaced.set(conv, {
      ...conv,
      inputs: [
        conv.inputs[0],
        weights.of(builder, conv.inputs[1], factor),
        builder.initializer(`${node.name}.shift`, float32([total.length], total)),
      ],
      outputs: [node.outputs[0]],
    });
    dropped.add(node);
  }
  const added = folded.nodes;
  // The products of weights and factors need nothing that nodes make.
  folded.nodes = [
    ...added,
    ...graph.nodes.flatMap((node) => (dropped.has(node) ? [] : [replaced.get(node) ?? node])),
  ];
  return folded;
}

/** How far apart two roundings of one factor may be. */
const ALIKE = 1e-6;

/** Weights times a factor for each output channel; forward and backward share them. */
export class ScaledWeights {
  private readonly made = new Map<string, { factor: Float32Array; name: string }>();

  of(builder: GraphBuilder, weight: string, factor: Float32Array): string {
    const known = this.made.get(weight);
    const alike = known?.factor.every((value, i) => Math.abs(value - factor[i]) <= ALIKE * Math.abs(value));
    if (known && alike) return known.name;
    const name = scale(builder, weight, factor);
    this.made.set(weight, { factor, name });
    return name;
  }
}

function scale(builder: GraphBuilder, weight: string, factor: Float32Array): string {
  const { graph } = builder;
  const tensor = graph.initializers.get(weight);
  const values = constant(graph, weight);
  if (tensor && values) {
    const size = values.length / factor.length;
    const scaled = values.map((value, i) => value * factor[Math.floor(i / size)]);
    return builder.initializer(`${weight}.scaled`, float32(tensor.shape, scaled));
  }
  return builder.node("Mul", [weight, perOutput(builder, factor)], { name: `${weight}.scaled` });
}

function perOutput(builder: GraphBuilder, factor: Float32Array): string {
  return builder.initializer("factor", float32([factor.length, 1, 1, 1], factor));
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Sqrt: Math.sqrt,
};

/** What constants of one shape, or of one number, make element by element. */
function computed(graph: Graph, name: string, producers: ReadonlyMap<string, Node>): Tensor | undefined {
  const known = graph.initializers.get(name);
  if (known) return graph.state.has(name) ? undefined : known;
  const node = producers.get(name);
  const operator = node?.domain === "" ? arithmetic[node.op] : undefined;
  if (!node || !operator) return undefined;
  const operands = node.inputs.map((input) => computed(graph, input, producers));
  const largest = operands.find((operand) => operand && sizeOf(operand.shape) > 1) ?? operands[0];
  if (!largest) return undefined;
  const size = sizeOf(largest.shape);
  const fits = (operand: Tensor | undefined) => operand?.data.length === 1 || operand?.data.length === size;
  if (!operands.every(fits)) return undefined;
  const values = Float32Array.from({ length: size }, (_, i) => {
    const [x, y] = operands.map((operand) => Number(operand?.data[operand.data.length === 1 ? 0 : i]));
    return operator(x, y);
  });
  return float32(largest.shape, values);
}

/** A constant for each channel of images ([C], [C, 1, 1] or [1, C, 1, 1]), seen by a value's name. */
function perChannel(
  graph: Graph,
  name: string,
  producers: ReadonlyMap<string, Node>,
): Float32Array | undefined {
  const producer = producers.get(name);
  let tensor = computed(graph, name, producers);
  if (producer?.op === "Unsqueeze" && producer.domain === "") {
    const axes = graph.initializers.get(producer.inputs[1]);
    const source = computed(graph, producer.inputs[0], producers);
    if (source?.shape.length === 1 && axes && Array.from(axes.data, Number).join() === "1,2") {
      tensor = { ...source, shape: [source.shape[0], 1, 1] } as Tensor;
    }
  }
  if (tensor?.type !== "float32" || sizeOf(tensor.shape) === 1) return undefined;
  const shape = tensor.shape.length === 4 && tensor.shape[0] === 1 ? tensor.shape.slice(1) : tensor.shape;
  return shape.length === 3 && shape[1] === 1 && shape[2] === 1 ? tensor.data : undefined;
}

/**
 * A copy in which the gradients of a convolution do not wait for their argument to be multiplied channel by
 * channel: (f·dY) ⋆ W = dY ⋆ (f·W), and the weight's gradient of f·dY is f times that of dY.
 */
export function foldFactors(graph: Graph, weights: ScaledWeights, wanted = all): Graph {
  const producers = graph.producers();
  const folded = graph.clone();
  // Made first: it is to know the names that are taken.
  const builder = new GraphBuilder(folded);
  folded.nodes = [];
  for (const node of graph.nodes) {
    const isInput = node.op === "ConvInputGradient";
    const product = producers.get(node.inputs[0] ?? "");
    const isGradient = node.domain === TRAINING && (isInput || node.op === "ConvWeightGradient");
    const ofConv = isGradient && wanted(node.inputs[isInput ? 1 : 2]);
    if (!ofConv || product?.op !== "Mul" || product.domain !== "") {
      folded.nodes.push(node);
      continue;
    }
    const [dY, other] = product.inputs;
    const factor = perChannel(graph, other, producers);
    if (!factor) {
      folded.nodes.push(node);
      continue;
    }
    if (isInput) {
      const weight = weights.of(builder, node.inputs[1], factor);
      folded.nodes.push({ ...node, inputs: [dY, weight, node.inputs[2]] });
    } else {
      const [plain] = builder.training(node.op, [dY, ...node.inputs.slice(1)], {
        name: node.name,
        attributes: node.attributes,
      });
      builder.node("Mul", [plain, perOutput(builder, factor)], { name: node.name, outputs: node.outputs });
    }
  }
  return folded;
}
