// Our side of the benchmark, a process: `node ours.js ROW SIDE SETTINGS`, the latter two as JSON; see worker.ts.
import { createInterface } from "node:readline";
import { type Ours, rows, type Settings } from "./rows.js";
import type { Prepare, RowSteps } from "./steps/step.js";

const [name, side, told] = process.argv.slice(2);
const row = rows[name];
const ours: Ours = JSON.parse(side);
const settings: Settings = JSON.parse(told);

/** By row; the networks' have one for all. */
const others: Record<string, () => Promise<{ prepare: Prepare }>> = {
  run: () => import("./steps/run.js"),
  latency: () => import("./steps/latency.js"),
  loss: () => import("./steps/loss.js"),
  "loss-kept": () => import("./steps/loss.js"),
  map: () => import("./steps/map.js"),
  loader: () => import("./steps/loader.js"),
  "stage-cached": () => import("./steps/cached.js"),
  "stage-cached-busy": () => import("./steps/cached.js"),
  inference: () => import("./steps/inference.js"),
  "inference-int8": () => import("./steps/inference.js"),
};

const answer = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`);

const { prepare } = await (others[name] ?? (() => import("./steps/training.js")))();
const work: RowSteps = await prepare(row, ours, settings);
answer({ ready: work.versions, items: work.items });
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line) as { steps: number };
  const seconds: number[] = [];
  for (let i = 0; i < steps; i++) {
    const begun = performance.now();
    await work.step();
    seconds.push((performance.now() - begun) / 1000);
  }
  answer({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 });
}
await work.end?.();
process.exit();
