// npm run profile: where the time of a step goes, operator by operator, for developers.
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { resnets } from "../../src/models/resnet.js";
import { watchOnednn } from "./onednn.js";
import { watchOrt } from "./ort.js";
import { prepareRow, rowNames } from "./row.js";
import { median, total } from "./watched.js";

const command = new Command("npm run profile --")
  .description("Milliseconds of a ResNet-50 step by operator, medians.")
  .addOption(new Option("--engine <name>").choices(["onednn", "ort"]).default("onednn"))
  .addOption(new Option("--row <name>", "what runs").choices(rowNames).default("all"))
  .addOption(new Option("--precision <name>").choices(["fp32", "bf16"]).default("fp32"))
  .addOption(new Option("--optimizer <name>").choices(["sgd", "adamw"]).default("sgd"))
  .addOption(new Option("--backbone <name>").choices(Object.keys(resnets)).default("resnet50"))
  .option("--steps <n>", "steps measured", Number, 5)
  .option("--size <n>", "side of the pictures, in pixels", Number, 224)
  .option("--batch <n>", "pictures a step", Number, 16)
  .option("--threads <n>", "threads", Number, 2)
  .option("--each", "a line for each node that runs, with shapes and, on oneDNN, its name of what runs")
  .parse();
const { engine, row, precision, optimizer, backbone, steps, size, batch, threads, each } = command.opts();

const WARM_UP = 2;
const faults = () => Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[7]);
const line = (milliseconds: number, count: number | "", text: string) =>
  console.log(`${milliseconds.toFixed(2).padStart(9)} ${String(count).padStart(4)}  ${text}`);

const open = engine === "ort" ? watchOrt({ threads }) : watchOnednn({ threads, precision });
const watched = await open.catch((error: Error) => command.error(error.message));
const run = await prepareRow(watched.engine, { row, optimizer, backbone, size, batch });
for (let i = 0; i < WARM_UP; i++) await run();
const whole: number[] = [];
const faulted = process.platform === "linux" ? faults() : 0;
for (let i = 0; i < steps; i++) {
  const begun = performance.now();
  await run();
  whole.push(performance.now() - begun);
}

const all = watched.nodes(WARM_UP);
if (each) {
  for (const { milliseconds, details } of all) line(milliseconds, "", details);
  console.log();
}
const groups = new Map<string, number[]>();
for (const { milliseconds, group } of all) groups.set(group, [...(groups.get(group) ?? []), milliseconds]);
const sums = [...groups].map(([key, values]) => ({ key, sum: total(values), count: values.length }));
for (const { key, sum, count } of sums.sort((a, b) => b.sum - a.sum)) line(sum, count, key);
const step = median(whole);
line(total(all.map(({ milliseconds }) => milliseconds)), all.length, "all of these");
line(step, "", `a step: ${((1000 * batch) / step).toFixed(1)} images a second`);
if (process.platform === "linux") line(process.memoryUsage().rss / 2 ** 20, "", "MiB of memory");
if (process.platform === "linux") line((faults() - faulted) / steps, "", "page faults a step");
process.exit();
