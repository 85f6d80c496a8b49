// One training step with what PyTorch is asked for too: logits, gradients, and the side of every kink.
import type { Engine, Tensors } from "../../src/engines/engine.js";
import { float32, type Tensor, tensor } from "../../src/graph/tensor.js";
import { bce } from "../../src/losses/index.js";
import { weightsOf } from "../../src/models/freeze.js";
import type { Network } from "../../src/models/network.js";
import { sgd } from "../../src/training/step/optimizers/sgd.js";
import { type BatchNorm, type GradientGraph, stepGraphs } from "../../src/training/step/step-graph.js";
import type { Exchange } from "./exchange.js";

export interface RecordedStep {
  logits: Float32Array;
  gradients: Map<string, Float32Array>;
  /** Of the outputs of all ReLUs and Clips in the order of the nodes: between the bounds or not, eight to a byte. */
  relus: Uint8Array;
  /** For each output of the max pooling, the index of the input that it took, within its channel; none without one. */
  pool: Int32Array;
}

type Outputs = Pick<RecordedStep, "logits" | "gradients"> & { outputs: Tensors };

/** One step's logits and gradients, on batch statistics. */
export function stepGradients(net: Network, engine: Engine, batch: Exchange): Promise<Outputs> {
  return outputsOf(gradientOf(net, "batch"), engine, batch);
}

function gradientOf(net: Network, batchnorm: BatchNorm): GradientGraph {
  const trainable = new Set(weightsOf(net.graph));
  const optimizer = sgd({ learningRate: 0 });
  return stepGraphs(net.graph, { loss: bce(), optimizer, batchnorm, trainable }).gradient;
}

async function outputsOf(
  { graph, targets, logits, gradients: { of } }: GradientGraph,
  engine: Engine,
  batch: Exchange,
): Promise<Outputs> {
  const session = await engine.open();
  const program = await session.compile(graph);
  const outputs = await program.run({
    image: tensor("uint8", batch.shape("images"), batch.get("images", "uint8")),
    [targets]: float32(batch.shape("targets"), batch.get("targets", "float32")),
  });
  const values = await session.read([...of.values()]);
  await session.close();
  const gradients = [...of].map(
    ([weight, name]) => [weight, values.get(name)?.data as Float32Array] as const,
  );
  return { outputs, logits: outputs[logits].data as Float32Array, gradients: new Map(gradients) };
}

export async function recordedStep(
  net: Network,
  batchnorm: BatchNorm,
  engine: Engine,
  batch: Exchange,
): Promise<RecordedStep> {
  const step = gradientOf(net, batchnorm);
  const { graph } = step;
  const relus = net.graph.nodes
    .filter((node) => node.op === "Relu" || node.op === "Clip")
    .map((node) => ({ name: node.outputs[0], high: node.op === "Clip" ? 6 : Number.POSITIVE_INFINITY }));
  const pooled = graph.nodes.find((node) => node.op === "MaxPool");
  const indices = pooled?.outputs[1];
  if (pooled && indices === undefined) throw new Error("The step's max pooling has no indices.");
  const shape = ["N", "C", "H", "W"];
  graph.outputs.push(...relus.map(({ name }) => ({ name, type: "float32" as const, shape })));
  if (indices !== undefined) graph.outputs.push({ name: indices, type: "int64", shape });
  const { outputs, logits, gradients } = await outputsOf(step, engine, batch);
  // ONNX counts through the whole tensor, PyTorch through one channel, which here is half the picture's side.
  const [, height, width] = batch.shape("images");
  const plane = (height / 2) * (width / 2);
  return {
    logits,
    gradients,
    relus: bits(relus.map(({ name, high }) => ({ ...outputs[name], high }))),
    pool:
      indices === undefined
        ? new Int32Array(0)
        : Int32Array.from(outputs[indices].data as BigInt64Array, (index) => Number(index) % plane),
  };
}

/** Whether each element is above zero and below `high`, eight to a byte, the first in the lowest bit. */
function bits(values: readonly (Pick<Tensor, "data"> & { high: number })[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil(values.reduce((sum, { data }) => sum + data.length, 0) / 8));
  let at = 0;
  for (const { data, high } of values) {
    for (let i = 0; i < data.length; i++, at++)
      if (data[i] > 0 && data[i] < high) packed[at >> 3] |= 1 << (at & 7);
  }
  return packed;
}
