// `npm run bench`: images a second and memory of ResNet-50, beside PyTorch's on the same machine.
//
// Each row has a process a side; the sides take turns, so that what slows the machine down meets all of them.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { fastPytorch, missingPackage, startPython } from "../scripts/python.js";
import { engineNames } from "../src/engines/index.js";
import { type Row, rows, type Settings } from "./rows.js";
import { Worker } from "./worker.js";

interface Measurement {
  row: string;
  side: string;
  versions: string;
  /** Median, least and most over the rounds; of a round its images over its seconds. */
  imagesPerSecond: { median: number; least: number; most: number };
  peakBytes: number;
}

type Start = (row: string, settings: Settings) => ChildProcessWithoutNullStreams;

/** What is measured, by its name. */
function sides(engine: string, withPytorch: boolean): Map<string, Start> {
  const ours = fileURLToPath(new URL("./ours.js", import.meta.url));
  const started = new Map<string, Start>([
    ["multihot", (row, settings) => spawn(process.execPath, [ours, row, engine, JSON.stringify(settings)])],
  ]);
  if (!withPytorch) return started;
  for (const layout of ["nchw", "channels_last"]) {
    started.set(`PyTorch ${layout}`, (row, settings) => {
      const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
      const args = ["--row", row, "--layout", layout, ...options];
      return startPython("bench/pytorch/speed.py", args, fastPytorch);
    });
  }
  return started;
}

async function measure(
  row: string,
  started: ReadonlyMap<string, Start>,
  settings: Settings,
  { rounds, steps }: { rounds: number; steps: number },
): Promise<Measurement[]> {
  const running = [];
  for (const [side, start] of started) {
    const { worker, versions } = await Worker.start(start(row, settings));
    running.push({ side, worker, versions, rates: [] as number[], peakBytes: 0 });
  }
  try {
    // The first steps get their memory from the system, which takes seconds.
    for (const { worker } of running) await worker.run(2);
    for (let round = 0; round < rounds; round++) {
      for (const one of running) {
        const { seconds, peakBytes } = await one.worker.run(steps);
        one.rates.push((steps * settings.batch) / seconds.reduce((a, b) => a + b, 0));
        one.peakBytes = peakBytes;
      }
    }
  } finally {
    for (const { worker } of running) await worker.close();
  }
  return running.map(({ side, versions, rates, peakBytes }) => {
    const sorted = rates.sort((a, b) => a - b);
    const middle = (sorted[(rounds - 1) >> 1] + sorted[rounds >> 1]) / 2;
    const imagesPerSecond = { median: middle, least: sorted[0], most: sorted[rounds - 1] };
    return { row, side, versions, imagesPerSecond, peakBytes };
  });
}

function cell({ imagesPerSecond: { median, least, most }, peakBytes }: Measurement): string {
  const [m, l, h] = [median, least, most].map((rate) => rate.toFixed(1));
  return `${m} (${l}–${h}), ${(peakBytes / 2 ** 30).toFixed(1)} GiB`;
}

const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

const program = new Command("npm run bench --")
  .description("Speed and memory of ResNet-50, ours and PyTorch's, in turns.")
  .option("--rows <names>", "rows to measure, separated by commas", Object.keys(rows).join(","))
  .addOption(new Option("--engine <name>", "our engine").choices(engineNames).default("auto"))
  .option("--rounds <n>", "rounds of each row", Number, 5)
  .option("--steps <n>", "steps a round", Number, 2)
  .option("--size <n>", "side of the pictures, in pixels", Number, 224)
  .option("--batch <n>", "pictures a step", Number, 16)
  .option("--labels <n>", "labels", Number, 20)
  .option("--threads <n>", "threads", Number, availableParallelism())
  .option("--json", "one JSON object on standard output, no table")
  .parse();
const {
  rows: chosen,
  engine,
  rounds,
  steps,
  json,
  ...settings
} = program.opts<
  Settings & { rows: string; engine: string; rounds: number; steps: number; json?: boolean }
>();
const names = chosen.split(",");
const unknown = names.filter((name) => !Object.hasOwn(rows, name));
if (unknown.length > 0) {
  program.error(`There is no row ${unknown.join(", ")}; there are ${Object.keys(rows).join(", ")}.`);
}
for (const [name, value] of Object.entries({ rounds, steps, ...settings })) {
  if (!Number.isInteger(value) || value < 1) program.error(`--${name} is a whole number of 1 or more.`);
}

const why = (await missingPackage("torch")) ?? (await missingPackage("torchvision"));
if (why) console.error(`Only our own side is measured: ${why}`);
const measured = sides(engine, why === undefined);

const machine = {
  processor: cpus()[0].model,
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  node: process.version,
};
if (!json) {
  const { size, batch, labels, threads } = settings;
  console.log(
    `ResNet-50, ${size} pixels, batch ${batch}, ${labels} labels, float32 but where a row says otherwise, ${threads} threads.`,
  );
  console.log(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}.`);
  console.log(`Images a second: median (least–most) of ${rounds} rounds of ${steps} steps; peak memory.\n`);
  console.log(line(["", ...measured.keys()]));
  console.log(line(["---", ...Array.from(measured, () => "---")]));
}
const results: Measurement[] = [];
for (const name of names) {
  const row: Row = rows[name];
  // Coarser numbers are not on every machine, and PyTorch's side has none.
  const chosen = row.coarse ? new Map([...measured].slice(0, 1)) : measured;
  const found = await measure(name, chosen, settings, { rounds, steps }).catch((error: Error) => {
    if (!row.coarse) throw error;
    console.error(`${row.title} is left out: ${error.message}`);
    return [];
  });
  results.push(...found);
  const blank = Array.from({ length: measured.size - found.length }, () => "–");
  if (!json) console.log(line([row.title, ...found.map(cell), ...blank]));
}
if (json)
  console.log(
    JSON.stringify({ machine, settings: { ...settings, rounds, steps, pytorch: fastPytorch }, results }),
  );
else {
  console.log(`\n${[...new Set(results.map(({ versions }) => versions))].join("; ")}.`);
  if (!why) {
    const set = Object.entries(fastPytorch).map(([name, value]) => `${name}=${value}`);
    console.log(`PyTorch runs with ${set.join(" ")}, with which it is fastest.`);
  }
}
