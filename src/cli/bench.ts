// multihot bench: this machine's speed with our engines, and beside PyTorch where it is there.
import { cpus, totalmem } from "node:os";
import type { Command } from "commander";
import { type BenchOptions, bench, checkBenchOptions } from "../bench/bench.js";
import type { Measurement } from "../bench/measure.js";
import { tuned } from "../bench/python.js";
import { reportTable } from "../bench/report.js";
import { Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import { addEngineOptions, checked, type Typed } from "./values.js";
import { version } from "./version.js";

const numeric = ["threads", "size", "batch", "labels", "rounds", "steps", "pictures", "epochs"];

export function addBench(program: Command): void {
  const command = addCommand(
    program,
    "bench",
    "Measure this machine's speed: inference and training on each engine that works here.",
    "bench --backbone resnet18 --against pytorch",
  )
    .option("--against <NAME>", "pytorch: measure it too, alternating with multihot")
    .option("--pytorch <SETTING>", "installed, tuned (environment; default), or both")
    .option("--rows <NAMES>", "inference, inference-int8, stage, stage-cached, all, …")
    .option("--backbone <NAME>", "resnet50 (default), another, or an .onnx file")
    .option("--size <PIXELS>", "side of the images (default: 224)")
    .option("--batch <N>", "images per step (default: 16)")
    .option("--labels <N>", "labels (default: 20)")
    .option("--rounds <N>", "rounds of each row (default: 3)")
    .option("--steps <N>", "steps in a round (default: 2)")
    .option("--data <DATA>", "images for rows that read some (default: drawn)")
    .option("--val <DATA>", "for the row run: validation data")
    .option("--pictures <N>", "use at most this many of the images")
    .option("--epochs <N>", "row run: epochs (default: 20)");
  addEngineOptions(command)
    .option("--json", "print JSON: one object")
    .action(async (typed: Typed) => runBench(typed));
}

async function runBench({ json, ...typed }: Typed): Promise<void> {
  const options = checked("bench", typed, numeric, ({ rows, ...values }) =>
    checkBenchOptions({
      ...values,
      ...(typeof rows === "string" && { rows: rows.split(",") }),
    } as BenchOptions),
  );
  const progress = new Progress({ json: json === true });
  const machine = {
    multihot: version,
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
  };
  let shown = "";
  progress.begin("Looking for engines");
  const result = await bench(options, {
    onProgress(row, done, total, side) {
      if (row !== shown) progress.begin(row, total);
      shown = row;
      progress.update(done, side);
    },
    onMissing: (what) => progress.warn(what),
  }).finally(() => progress.end());
  if (json) {
    const environment = result.pytorch.includes("tuned") ? { tuned } : {};
    progress.result(`${JSON.stringify({ machine, ...result, ...environment })}\n`);
    return;
  }
  const { backbone, size, batch, labels, threads } = result.settings;
  const { pytorch, results } = result;
  const lines = [
    `${backbone}, ${size} pixels, batch ${batch}, ${labels} labels, ${threads} threads; ${result.rounds} rounds`,
    `${machine.processor}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    `multihot ${version}, Node ${machine.node}; ${versionsOf(results).join("; ")}`,
    "",
    reportTable(results, pytorch),
  ];
  if (pytorch.includes("tuned")) {
    const set = Object.entries(tuned).map(([name, value]) => `${name}=${value}`);
    lines.push("", `tuned: PyTorch runs with ${set.join(" ")}`);
  }
  progress.result(`${lines.join("\n")}\n`);
}

/** Each once, without what a line of the table says itself. */
function versionsOf(results: readonly Measurement[]): string[] {
  const all = results.map(({ versions }) => versions.split(",")[0] ?? "");
  const torch = results.map(({ versions }) => versions).filter((versions) => versions.startsWith("PyTorch"));
  return [...new Set([...all.filter((one) => !/^(PyTorch|Node)/.test(one)), ...torch])];
}
