// Our side of the speed benchmark: `node dist/bench/ours.js ROW ENGINE SETTINGS`, SETTINGS as JSON; see worker.ts.
import { createInterface } from "node:readline";
import { random } from "../src/base/random.js";
import { type EngineName, openEngine } from "../src/engines/index.js";
import { calibrate } from "../src/export/calibrate.js";
import { inferenceGraph } from "../src/export/inference-graph.js";
import type { Graph } from "../src/graph/graph.js";
import { quantizationPlaces } from "../src/graph/quantization/places.js";
import { quantize } from "../src/graph/quantization/quantize.js";
import { tensor } from "../src/graph/tensor.js";
import { bce } from "../src/losses/index.js";
import { resnet } from "../src/models/resnet.js";
import { classifier } from "../src/training/classifier.js";
import { sgd } from "../src/training/optimizers/sgd.js";
import { trainingStep } from "../src/training/step.js";
import { rows, type Settings } from "./rows.js";

const row = rows[process.argv[2]];
const { size, batch, labels, threads } = JSON.parse(process.argv[4]) as Settings;

const { coarse } = row;
const engine = await openEngine(coarse?.engine ?? (process.argv[3] as EngineName), {
  threads,
  precision: coarse?.precision === "bf16" ? "bf16" : "fp32",
});
const stream = random(1, "bench");
const images = Uint8Array.from({ length: batch * size * size * 3 }, () => stream.integer(256));
const targets = Float32Array.from({ length: batch * labels }, () => (stream.uniform() < 0.2 ? 1 : 0));
const model = classifier(resnet("resnet50", { seed: 1 }), { labels, size });

async function prepare(): Promise<() => Promise<unknown>> {
  if (row.freeze === undefined) {
    const { graph } = await model.network();
    const program = await engine.compile(coarse?.precision === "int8" ? await onBytes(graph) : graph);
    const image = tensor("uint8", [batch, size, size, 3], images);
    return () => program.run({ image });
  }
  model.freeze(row.freeze);
  const optimizer = sgd({ learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4 });
  const step = await trainingStep(model, { loss: bce(), optimizer, engine, batchnorm: row.batchnorm });
  return () => step.run(images, targets);
}

/** The network as `multihot export --format onnx-int8` makes it, calibrated on one of the pictures. */
async function onBytes(network: Graph): Promise<Graph> {
  const graph = inferenceGraph(network);
  const places = quantizationPlaces(graph);
  async function* pictures() {
    yield { images: images.subarray(0, size * size * 3), count: 1 };
  }
  return quantize(graph, places, await calibrate(graph, places, engine, pictures()));
}

const answer = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`);

const step = await prepare();
answer({
  ready: coarse?.precision === "int8" ? engine.description.replace("float32", "int8") : engine.description,
});
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line) as { steps: number };
  const seconds: number[] = [];
  for (let i = 0; i < steps; i++) {
    const begun = performance.now();
    await step();
    seconds.push((performance.now() - begun) / 1000);
  }
  answer({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 });
}
process.exit();
