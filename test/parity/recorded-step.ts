// One training step with what PyTorch is asked for too: logits, gradients, and the side of every kink.
import type { Engine, Program } from "../../src/engines/engine.js";
import type { Graph } from "../../src/graph/graph.js";
import { float32, type Tensor, tensor } from "../../src/graph/tensor.js";
import { bce } from "../../src/losses/index.js";
import { weightsOf } from "../../src/models/freeze.js";
import type { Network } from "../../src/models/network.js";
import type { Optimizer } from "../../src/training/step/optimizers/optimizer.js";
import { type BatchNorm, stepGraph } from "../../src/training/step/step-graph.js";
import type { Exchange } from "./exchange.js";

/** Moves nothing and remembers the gradient: what we see is the training step's own graph. */
const recorder: Optimizer = {
  name: "recorder",
  learningRate: 0,
  decayAll: false,
  slots: ["gradient"],
  scalars: () => ({}),
  update: (builder, { weight, gradient }) => ({
    weight: builder.node("Identity", [weight]),
    slots: { gradient: builder.node("Identity", [gradient]) },
  }),
};

export interface RecordedStep {
  logits: Float32Array;
  gradients: Map<string, Float32Array>;
  /** Of the outputs of all ReLUs and Clips in the order of the nodes: between the bounds or not, eight to a byte. */
  relus: Uint8Array;
  /** For each output of the max pooling, the index of the input that it took, within its channel; none without one. */
  pool: Int32Array;
}

const prefix = "recorder.gradient.";

/** One step's logits and gradients, on batch statistics. */
export async function stepGradients(
  net: Network,
  engine: Engine,
  batch: Exchange,
): Promise<Pick<RecordedStep, "logits" | "gradients">> {
  const trainable = new Set(weightsOf(net.graph));
  const options = { loss: bce(), optimizer: recorder, batchnorm: "batch", trainable } as const;
  const { graph, ...step } = stepGraph(net.graph, options);
  const program = await engine.compile(graph);
  const outputs = await program.run(feeds(batch, step.targets));
  const gradients = await gradientsIn(program, graph);
  await program.close();
  return { logits: outputs[step.logits].data as Float32Array, gradients };
}

const feeds = (batch: Exchange, targets: string) => ({
  image: tensor("uint8", batch.shape("images"), batch.get("images", "uint8")),
  [targets]: float32(batch.shape("targets"), batch.get("targets", "float32")),
});

/** What the recorder has remembered, by the weights' names. */
async function gradientsIn(program: Program, graph: Graph): Promise<Map<string, Float32Array>> {
  const names = [...graph.state.keys()].filter((name) => name.startsWith(prefix));
  const state = await program.readState(names);
  return new Map([...state].map(([name, { data }]) => [name.slice(prefix.length), data as Float32Array]));
}

export async function recordedStep(
  net: Network,
  batchnorm: BatchNorm,
  engine: Engine,
  batch: Exchange,
): Promise<RecordedStep> {
  const trainable = new Set(weightsOf(net.graph));
  const { graph, ...step } = stepGraph(net.graph, { loss: bce(), optimizer: recorder, batchnorm, trainable });
  const relus = net.graph.nodes
    .filter((node) => node.op === "Relu" || node.op === "Clip")
    .map((node) => ({ name: node.outputs[0], high: node.op === "Clip" ? 6 : Number.POSITIVE_INFINITY }));
  const pooled = graph.nodes.find((node) => node.op === "MaxPool");
  const indices = pooled?.outputs[1];
  if (pooled && indices === undefined) throw new Error("The step's max pooling has no indices.");
  const shape = ["N", "C", "H", "W"];
  graph.outputs.push(...relus.map(({ name }) => ({ name, type: "float32" as const, shape })));
  if (indices !== undefined) graph.outputs.push({ name: indices, type: "int64", shape });
  const program = await engine.compile(graph);
  const outputs = await program.run(feeds(batch, step.targets));
  const recorded = await gradientsIn(program, graph);
  await program.close();
  // ONNX counts through the whole tensor, PyTorch through one channel, which here is half the picture's side.
  const [, height, width] = batch.shape("images");
  const plane = (height / 2) * (width / 2);
  return {
    logits: outputs[step.logits].data as Float32Array,
    gradients: recorded,
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
