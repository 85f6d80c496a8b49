// The two graphs of a training step: gradients (forward, loss, backward), and the update that moves the weights.
import { GraphBuilder } from "../../graph/builder.js";
import { differentiate } from "../../graph/gradient/differentiate.js";
import { floatAttribute, type Graph, type Node, TRAINING } from "../../graph/graph.js";
import { recognizeComposites } from "../../graph/passes/composites.js";
import type { Loss } from "../../losses/loss.js";
import { Accumulation } from "./update/accumulation.js";
import { type Gradients, type Update, type UpdateOptions, updateGraph } from "./update/update.js";

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

export interface StepGraphOptions extends UpdateOptions {
  /** Names of weights of the network. */
  trainable: ReadonlySet<string>;
  batchnorm: BatchNorm;
  loss: Loss;
  /** Batches whose gradients are brought together for one update; default 1. */
  accumulate?: number;
}

export interface GradientGraph {
  /**
   * Inputs: the network's, `targets` float32 [N, labels], and `keep`. Reads the weights that train; changes the
   * gradients and BatchNormalization's running statistics.
   */
  graph: Graph;
  /** The graph's outputs by what they hold. */
  loss: string;
  logits: string;
  /** The input for the targets. */
  targets: string;
  /** The input that says, by 1 or 0, whether gradients are added to those of the batches before. */
  keep: string | undefined;
  gradients: Gradients;
  /** BatchNormalization's running statistics that change. */
  statistics: readonly string[];
}

export interface StepGraphs {
  readonly gradient: GradientGraph;
  readonly update: Update;
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

/** Puts BatchNormalizations that train on batch statistics; their running ones become values that change. */
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
 * The graph that computes a batch's loss and its gradients.
 *
 * @param network one output, logits float32 [N, labels]
 * @throws RangeError if none of the trainable weights reaches the logits
 */
function gradientGraph(
  network: Graph,
  { accumulate = 1, batchnorm, loss: lossOf, ...options }: StepGraphOptions,
): GradientGraph {
  const graph = recognizeComposites(network).clone();
  graph.name = `${network.name}.gradient`;
  const [logits] = graph.outputs;
  const labels = logits.shape[1];
  if (graph.outputs.length !== 1 || logits.shape.length !== 2 || typeof labels !== "number") {
    throw new RangeError("A training step needs a network with one output, logits [N, labels].");
  }
  const trainable = effectivelyTrainable(graph, options.trainable, batchnorm);
  const builder = new GraphBuilder(graph);
  if (batchnorm === "batch") useBatchStatistics(builder, trainable);
  const statistics = [...graph.state.keys()];

  const targets = builder.input({ name: builder.fresh("targets"), type: "float32", shape: logits.shape });
  const { loss, gradient, elements } = lossOf.build(builder, logits.name, targets, labels);
  const accumulation = accumulate > 1 ? new Accumulation(builder, elements) : undefined;
  const seed = accumulation?.ofSum(gradient) ?? gradient;
  const found = differentiate(graph, new Map([[logits.name, seed]]), trainable);
  if (found.size === 0) throw new RangeError("Nothing trains: no trainable weight reaches the logits.");

  const gradients = new Map<string, string>();
  for (const [weight, value] of found) {
    const tensor = graph.initializers.get(weight);
    if (tensor?.type !== "float32") throw new TypeError(`The weight ${weight} is no float32 initializer.`);
    graph.state.set(weight, weight);
    const name = builder.fresh(`gradient.${weight}`);
    if (accumulation) accumulation.add(name, tensor.shape, value);
    else graph.state.set(name, value);
    gradients.set(weight, name);
  }
  graph.outputs = [{ name: loss, type: "float32", shape: [] }, logits];
  return {
    graph,
    loss,
    logits: logits.name,
    targets,
    keep: accumulation?.keep,
    gradients: { of: gradients, elements: accumulation?.total },
    statistics,
  };
}

/**
 * The graphs of a training step, over the values of one session.
 *
 * @param network one output, logits float32 [N, labels]
 * @throws RangeError if none of the trainable weights reaches the logits
 */
export function stepGraphs(network: Graph, options: StepGraphOptions): StepGraphs {
  const gradient = gradientGraph(network, options);
  return { gradient, update: updateGraph(gradient.graph, gradient.gradients, gradient.statistics, options) };
}
