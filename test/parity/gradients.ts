// Gradients of one training step, held against float64 PyTorch: we may be no farther from it than float32
// PyTorch is, but for the luck of rounding.
import type { Engine } from "../../src/engines/engine.js";
import { openEngine } from "../../src/engines/index.js";
import { float32, tensor } from "../../src/graph/tensor.js";
import { bce } from "../../src/losses/index.js";
import { weightsOf } from "../../src/models/freeze.js";
import type { Network } from "../../src/models/network.js";
import type { Optimizer } from "../../src/training/optimizers/optimizer.js";
import { type BatchNorm, stepGraph } from "../../src/training/step-graph.js";
import { Exchange } from "./exchange.js";
import { torchvisionResnet } from "./networks.js";
import { python } from "./python.js";
import { type Report, short, squaredDistance } from "./report.js";

/** Moves nothing and remembers the gradient: so it is the training step's own graph whose gradients we see. */
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

async function gradientsOf(net: Network, batchnorm: BatchNorm, engine: Engine, batch: Exchange) {
  const trainable = new Set(weightsOf(net.graph));
  const step = stepGraph(net.graph, { loss: bce(), optimizer: recorder, batchnorm, trainable });
  const program = await engine.compile(step.graph);
  const outputs = await program.run({
    image: tensor("uint8", batch.shape("images"), batch.get("images", "uint8")),
    [step.targets]: float32(batch.shape("targets"), batch.get("targets", "float32")),
  });
  const prefix = "recorder.gradient.";
  const names = [...step.graph.state.keys()].filter((name) => name.startsWith(prefix));
  const state = await program.readState(names);
  await program.close();
  const gradients = new Map(
    [...state].map(([name, { data }]) => [name.slice(prefix.length), data as Float32Array]),
  );
  return { loss: Number(outputs[step.loss].data[0]), gradients };
}

/** Squared distances from the exact gradient, ours and float32 PyTorch's, and the gradient's own square. */
interface Distances {
  ours: number;
  theirs: number;
  size: number;
}

/** Adds up the distances of one batch by weight. */
function measure(into: Map<string, Distances>, ours: Map<string, Float32Array>, batch: Exchange): void {
  const names = batch.keys("gradient/");
  const surplus = [...ours.keys()].filter((name) => !names.includes(name));
  const lacking = names.filter((name) => !ours.has(name));
  if (surplus.length + lacking.length > 0) {
    throw new Error(`Gradients that only we have: ${surplus}; that only PyTorch has: ${lacking}.`);
  }
  for (const name of names) {
    const exact = batch.get(`gradient/${name}`, "float64");
    const sum = into.get(name) ?? { ours: 0, theirs: 0, size: 0 };
    sum.ours += squaredDistance(ours.get(name) ?? [], exact);
    sum.theirs += squaredDistance(batch.get(`float32/${name}`, "float32"), exact);
    sum.size += squaredDistance(exact, new Float64Array(exact.length));
    into.set(name, sum);
  }
}

function compare(report: Report, what: string, distances: ReadonlyMap<string, Distances>): void {
  const all = [...distances.values()].reduce((a, b) => ({
    ours: a.ours + b.ours,
    theirs: a.theirs + b.theirs,
    size: a.size + b.size,
  }));
  report.atMost(
    `${what}, whole gradient, our distance over PyTorch's`,
    Math.sqrt(all.ours / all.theirs),
    1.5,
  );
  const ratios = [...distances].map(([name, { ours, theirs }]) => ({
    name,
    ratio: Math.sqrt(ours / theirs),
  }));
  const worst = ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  report.atMost(`${what}, the worst weight (${worst.name})`, worst.ratio, 3);
  report.note(
    `relative distances from float64: ours ${short(Math.sqrt(all.ours / all.size))}, ` +
      `PyTorch's ${short(Math.sqrt(all.theirs / all.size))}`,
  );
}

/** A ReLU whose input lies within rounding of zero may fall to either side: the distances of several networks
 * and batches are added up, so that no single fall decides. */
const SEEDS = 3;

export async function gradients(folder: string, report: Report): Promise<void> {
  const engine = await openEngine("auto");
  for (const depth of [18, 50]) {
    for (const mode of ["batch", "frozen"] as const) {
      const distances = new Map<string, Distances>();
      let worstLoss = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        await python("gradients.py", folder, depth, mode, 64, 8, seed);
        const batch = await Exchange.read(folder, "step");
        const net = await torchvisionResnet(folder, `resnet${depth}`, 64);
        const { loss, gradients } = await gradientsOf(net, mode, engine, batch);
        measure(distances, gradients, batch);
        const [exact] = batch.get("loss", "float64");
        worstLoss = Math.max(worstLoss, Math.abs(loss / exact - 1));
      }
      report.atMost(
        `resnet${depth}, BatchNormalization ${mode}, relative difference of the loss`,
        worstLoss,
        1e-5,
      );
      compare(report, `resnet${depth}, BatchNormalization ${mode}`, distances);
    }
  }
}
