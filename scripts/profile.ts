// npm run profile: where the time of a step goes on oneDNN, operator by operator, for developers.
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { random } from "../src/base/random.js";
import type { Engine } from "../src/engines/engine.js";
import { OnednnComputer } from "../src/engines/onednn/computer.js";
import { findOnednn } from "../src/engines/onednn/open.js";
import type { Step } from "../src/engines/onednn/plan/planner.js";
import type { Place } from "../src/engines/onednn/plan/stores.js";
import { fieldsOf } from "../src/engines/onednn/start.js";
import { tensor } from "../src/graph/tensor.js";
import { bce } from "../src/losses/index.js";
import { resnet } from "../src/models/resnet.js";
import { type Classifier, classifier } from "../src/training/classifier.js";
import { adamw } from "../src/training/optimizers/adamw.js";
import { sgd } from "../src/training/optimizers/sgd.js";
import { trainingStep } from "../src/training/step.js";

const command = new Command("npm run profile --")
  .description("Milliseconds of a ResNet-50 step on oneDNN by operator, medians.")
  .addOption(
    new Option("--row <name>", "what runs").choices(["inference", "stage", "all", "frozen"]).default("all"),
  )
  .addOption(new Option("--precision <name>").choices(["fp32", "bf16"]).default("fp32"))
  .addOption(new Option("--optimizer <name>").choices(["sgd", "adamw"]).default("sgd"))
  .option("--backbone <name>", "a ResNet's name", "resnet50")
  .option("--steps <n>", "steps measured", Number, 5)
  .option("--size <n>", "side of the pictures, in pixels", Number, 224)
  .option("--batch <n>", "pictures a step", Number, 16)
  .option("--threads <n>", "threads", Number, 2)
  .option("--each", "a line for each step of the plan, with shapes and oneDNN's name of what runs")
  .parse();
const { row, precision, optimizer, backbone, steps, size, batch, threads, each } = command.opts();

const found = await findOnednn();
if ("reason" in found) command.error(found.reason);
const { library } = found as Extract<typeof found, { library: unknown }>;

const times = new Map<Step, number[]>();
const watch = (step: Step, milliseconds: number) => {
  const known = times.get(step);
  if (known) known.push(milliseconds);
  else times.set(step, [milliseconds]);
};

/** The engine in this thread, so that its steps can be watched. */
const engine: Engine = {
  name: "onednn",
  description: `oneDNN ${library.version}, ${precision}`,
  precision,
  async compile(graph) {
    const computer = new OnednnComputer({
      library: library.path,
      threads,
      precision,
      graph: fieldsOf(graph),
    });
    return {
      run: async (inputs) => computer.run(inputs, watch),
      readState: async (names) => computer.read(names),
      writeState: async (state) => computer.write(state),
      close: async () => computer.close(),
    };
  },
};

const LABELS = 20;
const stream = random(1, "profile");
const images = Uint8Array.from({ length: batch * size * size * 3 }, () => stream.integer(256));
const targets = Float32Array.from({ length: batch * LABELS }, () => (stream.uniform() < 0.2 ? 1 : 0));
const model = classifier(resnet(backbone, { seed: 1 }), { labels: LABELS, size });

async function prepare(trained: Classifier): Promise<() => Promise<unknown>> {
  if (row === "inference") {
    const program = await engine.compile((await trained.network()).graph);
    return () => program.run({ image: tensor("uint8", [batch, size, size, 3], images) });
  }
  trained.freeze(row === "stage" ? "layer3" : "none");
  const step = await trainingStep(trained, {
    loss: bce(),
    optimizer:
      optimizer === "adamw"
        ? adamw({ learningRate: 1e-3 })
        : sgd({ learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4 }),
    engine,
    batchnorm: row === "frozen" ? "frozen" : "batch",
  });
  return () => step.run(images, targets);
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

const faults = () => Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[7]);

const run = await prepare(model);
for (let i = 0; i < 2; i++) await run();
times.clear();
const whole: number[] = [];
const faulted = process.platform === "linux" ? faults() : 0;
for (let i = 0; i < steps; i++) {
  const begun = performance.now();
  await run();
  whole.push(performance.now() - begun);
}

const layout = ({ layout: { element, dims, blocks, strides } }: Place) =>
  `${element}[${dims}]${blocks.length ? `b${blocks.map(({ size: s }) => s).join("x")}` : strides[1] === 1 ? "nhwc" : ""}`;
const total = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
const line = (milliseconds: number, count: number | "", text: string) =>
  console.log(`${milliseconds.toFixed(2).padStart(9)} ${String(count).padStart(4)}  ${text}`);

const all = [...times].map(([step, values]) => ({ step, milliseconds: median(values) }));
if (each) {
  for (const { step, milliseconds } of all) {
    const how = step.kind === "primitive" ? step.primitive.implementation : "JavaScript";
    const places = step.kind === "primitive" ? step.args.map(([, place]) => place) : step.places;
    line(milliseconds, "", `${step.of} ${how} ${places.map(layout).join(" ")}`);
  }
  console.log();
}
const groups = new Map<string, number[]>();
for (const { step, milliseconds } of all) {
  const key = `${step.of || "state"} ${step.kind === "host" ? "in JavaScript" : ""}`;
  groups.set(key, [...(groups.get(key) ?? []), milliseconds]);
}
const sums = [...groups].map(([key, values]) => ({ key, sum: total(values), count: values.length }));
for (const { key, sum, count } of sums.sort((a, b) => b.sum - a.sum)) line(sum, count, key);
const step = median(whole);
line(total(all.map(({ milliseconds }) => milliseconds)), all.length, "all of these");
line(step, "", `a step: ${((1000 * batch) / step).toFixed(1)} images a second`);
if (process.platform === "linux") line(process.memoryUsage().rss / 2 ** 20, "", "MiB of memory");
if (process.platform === "linux") line((faults() - faulted) / steps, "", "page faults a step");
process.exit();
