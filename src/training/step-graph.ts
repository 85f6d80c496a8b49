// The training step as a graph: forward, loss, gradient, update.
import { GraphBuilder } from "../graph/builder.js";
import { differentiate } from "../graph/gradient/differentiate.js";
import { floatAttribute, type Graph, type Node, TRAINING } from "../graph/graph.js";
import { float32, sizeOf } from "../graph/tensor.js";
import type { Loss } from "../losses/loss.js";
import type { Optimizer } from "./optimizers/optimizer.js";

/**
 * What the BatchNormalizations do whose scale and bias are among the trainable weights:
 * - `batch`: they normalise by the batch's own statistics and keep the running ones up to date (PyTorch's
 *   `train()`);
 * - `frozen`: they normalise by their running statistics, and scale and bias stay too (torchvision's
 *   FrozenBatchNorm2d).
 *
 * All others always use their running statistics.
 */
export type BatchNorm = "batch" | "frozen";

export interface StepGraphOptions {
  /** Names of weights of the network. */
  trainable: ReadonlySet<string>;
  batchnorm: BatchNorm;
  loss: Loss;
  optimizer: Optimizer;
}

export interface StepGraph {
  /**
   * Inputs: the network's, `targets` float32 [N, labels], and the optimizer's scalars. Its state: the
   * weights that train, the optimizer's slots, and the running statistics of BatchNormalization.
   */
  graph: Graph;
  /** The graph's outputs by what they hold. */
  loss: string;
  logits: string;
  /** The input for the targets. */
  targets: string;
  /** Of the state: the network's own weights and statistics, without the optimizer's slots. */
  weights: readonly string[];
}

function normalizations(network: Graph): Node[] {
  return network.nodes.filter((node) => node.op === "BatchNormalization" && node.domain === "");
}

/** The weights that really train: without BatchNormalization's scale and bias where it is frozen. */
export function effectivelyTrainable(
  network: Graph,
  trainable: ReadonlySet<string>,
  batchnorm: BatchNorm,
): Set<string> {
  const weights = new Set(trainable);
  for (const { inputs } of normalizations(network)) {
    // A running statistic is never trained by a gradient.
    const [, scale, bias, mean, variance] = inputs;
    for (const name of batchnorm === "frozen" ? [scale, bias, mean, variance] : [mean, variance]) {
      weights.delete(name);
    }
  }
  return weights;
}

/** Puts BatchNormalizations that train on batch statistics; their running ones become state. */
function useBatchStatistics(builder: GraphBuilder, trainable: ReadonlySet<string>): void {
  const { graph } = builder;
  graph.nodes = graph.nodes.map((node) => {
    const [, scale, bias, mean, variance] = node.inputs;
    const trains = trainable.has(scale) || trainable.has(bias);
    if (node.op !== "BatchNormalization" || node.domain !== "" || !trains) return node;
    const nextMean = builder.fresh(`${mean}.next`);
    const nextVariance = builder.fresh(`${variance}.next`);
    graph.state.set(mean, nextMean).set(variance, nextVariance);
    const [y] = node.outputs;
    return {
      ...node,
      op: "BatchNormTraining",
      domain: TRAINING,
      outputs: [
        y,
        nextMean,
        nextVariance,
        builder.fresh(`${y}.mean`),
        builder.fresh(`${y}.inverseDeviation`),
      ],
      attributes: {
        epsilon: { float: floatAttribute(node, "epsilon", 1e-5) },
        // ONNX's momentum is the share of the old statistic, PyTorch's that of the new one.
        momentum: { float: 1 - floatAttribute(node, "momentum", 0.9) },
      },
    };
  });
}

/**
 * The graph of a training step.
 *
 * @param network one output, logits float32 [N, labels]
 * @throws RangeError if none of the trainable weights reaches the logits
 */
export function stepGraph(network: Graph, options: StepGraphOptions): StepGraph {
  const { loss: lossOf, optimizer } = options;
  const graph = network.clone();
  graph.name = `${network.name}.step`;
  const [logits] = graph.outputs;
  const labels = logits.shape[1];
  if (graph.outputs.length !== 1 || logits.shape.length !== 2 || typeof labels !== "number") {
    throw new RangeError("A training step needs a network with one output, logits [N, labels].");
  }
  const trainable = effectivelyTrainable(graph, options.trainable, options.batchnorm);
  const builder = new GraphBuilder(graph);
  if (options.batchnorm === "batch") useBatchStatistics(builder, trainable);

  const targets = builder.input({ name: builder.fresh("targets"), type: "float32", shape: logits.shape });
  const { loss, gradient } = lossOf.build(builder, logits.name, targets, labels);
  const gradients = differentiate(graph, new Map([[logits.name, gradient]]), trainable);
  if (gradients.size === 0) throw new RangeError("Nothing trains: no trainable weight reaches the logits.");

  for (const name of Object.keys(optimizer.scalars(optimizer.learningRate, 1))) {
    builder.input({ name, type: "float32", shape: [] });
  }
  const slotsOfAll: string[] = [];
  for (const [weight, gradient] of gradients) {
    const value = graph.initializers.get(weight);
    if (value?.type !== "float32") throw new TypeError(`The weight ${weight} is no float32 initializer.`);
    const slots: Record<string, string> = {};
    for (const slot of optimizer.slots) {
      const zeros = float32(value.shape, new Float32Array(sizeOf(value.shape)));
      slots[slot] = builder.initializer(`${optimizer.name}.${slot}.${weight}`, zeros);
      slotsOfAll.push(slots[slot]);
    }
    // Biases and BatchNormalization's scales are what has one dimension.
    const decays = optimizer.decayAll || value.shape.length > 1;
    const next = optimizer.update(builder, { weight, gradient, slots, decays });
    graph.state.set(weight, next.weight);
    for (const slot of optimizer.slots) graph.state.set(slots[slot], next.slots[slot]);
  }
  graph.outputs = [{ name: loss, type: "float32", shape: [] }, logits];
  const weights = [...graph.state.keys()].filter((name) => !slotsOfAll.includes(name));
  return { graph, loss, logits: logits.name, targets, weights };
}
