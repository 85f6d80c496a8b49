// The service under attack, in a process of its own: HOST BUNDLE. Tells its parent where it listens, and on request what
// it took since the last request.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { serve } from "../../../src/server/index.js";

/** Since the last measurement. */
export interface Health {
  /** The longest time between two turns of the event loop, in ms. */
  readonly blocked: number;
  /** Processor time of all threads, in ms. */
  readonly processor: number;
  readonly megabytes: number;
  readonly connections: number;
  readonly faults: readonly string[];
}

/** Milliseconds between two looks at the event loop; each delay that it reports includes one. */
const RESOLUTION = 5;

const faults: string[] = [];
const service = await serve(
  process.argv[2],
  { port: 0, engine: "ort", threads: 1 },
  { onFault: (error) => faults.push(String(error)) },
);
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
let since = process.cpuUsage();

process.on("message", () => {
  const { user, system } = process.cpuUsage(since);
  since = process.cpuUsage();
  const health: Health = {
    blocked: Math.max(0, delay.max / 1e6 - RESOLUTION),
    processor: (user + system) / 1000,
    megabytes: process.memoryUsage.rss() / 1e6,
    connections: process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
    faults: faults.splice(0),
  };
  delay.reset();
  process.send?.(health);
});
process.on("disconnect", () => process.exit());
process.send?.(service.url);
