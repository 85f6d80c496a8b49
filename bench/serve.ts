// How much of the engine's speed the service keeps, how long its clients wait, and how its memory grows:
// node dist/bench/serve.js [--bundle DIR] [--pictures DIR] [--requests 2000] [--soak 2000]
//
// The service is a process of its own; this one plays its clients, over the loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { table } from "../src/cli/output.js";
import {
  type EngineName,
  loadBundle,
  network,
  openEngine,
  resnet18,
  writeBundle,
  writeSample,
} from "../src/index.js";
import { noMetrics } from "../test/support/colours.js";

/** The clients whose times are measured, and the batch that both sides compute at most. */
const CLIENTS = [1, 8, 64];
const BATCH = 16;
/** Pictures that take turns; seconds for which the engine alone is measured. */
const PICTURES = 64;
const SECONDS = 10;

const options = new Command("serve bench")
  .option("--bundle <DIR>", "default: a ResNet-18 with random weights, at 224 pixels")
  .option("--pictures <DIR>", "a folder of JPEG files; default: drawn ones")
  .option("--requests <N>", "for each number of clients", Number, 2000)
  .option("--soak <N>", "requests while memory is watched", Number, 2000)
  .option("--engine <NAME>", "auto, ort or onednn", "auto")
  .option("--threads <N>", "of the engine")
  .parse()
  .opts<{
    bundle?: string;
    pictures?: string;
    requests: number;
    soak: number;
    engine: EngineName;
    threads?: string;
  }>();

/** A bundle whose numbers mean nothing, but which takes as long as one that was trained. */
async function randomBundle(dir: string, picture: Uint8Array): Promise<void> {
  const labels = Array.from({ length: 18 }, (_, i) => `label ${i + 1}`);
  await writeBundle(dir, {
    network: network(await resnet18({ weights: "none" }), { labels: labels.length }),
    labels,
    thresholds: labels.map(() => 0.5),
    metrics: noMetrics,
    selfCheckImage: picture,
    engine: await openEngine("ort"),
  });
}

/** Pictures a second of the engine alone, in full batches of prepared pictures, one after the other. */
async function engineSpeed(bundle: string, pictures: readonly Buffer[]): Promise<number> {
  const { engine, threads } = options;
  const predictor = await loadBundle(bundle, { engine, threads: threads ? Number(threads) : undefined });
  const { preparePicture } = await import("../src/index.js");
  const prepared = await Promise.all(
    pictures.slice(0, BATCH).map((picture) => preparePicture(picture, predictor.transform)),
  );
  await predictor.tagPrepared(prepared);
  const start = performance.now();
  let count = 0;
  let seconds = 0;
  while (seconds < SECONDS) {
    await predictor.tagPrepared(prepared);
    count += prepared.length;
    seconds = (performance.now() - start) / 1000;
  }
  await predictor.close();
  return count / seconds;
}

async function startService(bundle: string): Promise<{ child: ChildProcess; url: URL }> {
  const main = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
  const { engine, threads } = options;
  const args = ["--port", "0", "--batch", String(BATCH), "--engine", engine, "--timeout", "600"];
  if (threads) args.push("--threads", threads);
  const child = spawn(process.execPath, [main, "serve", bundle, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const text of child.stdout.setEncoding("utf8")) {
    const [url] = /http:\S+/.exec(text) ?? [];
    if (url) return { child, url: new URL(url) };
  }
  throw new Error("The service has not started.");
}

/** Sends a picture; resolves with the milliseconds until its answer was there. */
function send(agent: Agent, url: URL, picture: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const headers = { "Content-Type": "image/jpeg", "Content-Length": picture.length };
    request(new URL("/predict", url), { method: "POST", agent, headers }, (response) => {
      response.resume().on("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - start);
        else reject(new Error(`The service answered ${response.statusCode}.`));
      });
    })
      .on("error", reject)
      .end(picture);
  });
}

interface Load {
  imagesPerSecond: number;
  /** In milliseconds, sorted. */
  times: number[];
}

/** Clients that each send the next request as soon as they have the answer to the one before. */
async function load(
  url: URL,
  pictures: readonly Buffer[],
  clients: number,
  requests: number,
  onDone: (done: number) => Promise<void> | void = () => {},
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  let sent = 0;
  const client = async () => {
    while (sent < requests) {
      times.push(await send(agent, url, pictures[sent++ % pictures.length]));
      await onDone(times.length);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return { imagesPerSecond: requests / seconds, times: times.sort((a, b) => a - b) };
}

/** The nearest-rank percentile. */
const percentile = (sorted: readonly number[], p: number) => sorted[Math.ceil((p / 100) * sorted.length) - 1];

async function residentMegabytes(url: URL): Promise<number> {
  const text = await (await fetch(new URL("/metrics", url))).text();
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(text) ?? [];
  return Number(bytes) / 1e6;
}

const folder = await mkdtemp(join(tmpdir(), "multihot-bench-"));
try {
  let from = options.pictures;
  if (!from) {
    await writeSample(join(folder, "sample"), { images: PICTURES, size: 320 });
    from = join(folder, "sample", "images");
  }
  const names = (await readdir(from)).filter((name) => /\.jpe?g$/i.test(name)).slice(0, PICTURES);
  const pictures = await Promise.all(names.map((name) => readFile(join(from, name))));
  const bundle = options.bundle ?? join(folder, "bundle");
  if (!options.bundle) await randomBundle(bundle, pictures[0]);
  console.log(
    `${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.version}, engine ${options.engine}`,
  );

  const before = await engineSpeed(bundle, pictures);
  const { child, url } = await startService(bundle);
  await load(url, pictures, 8, 4 * BATCH);
  const loads: [number, Load][] = [];
  for (const clients of CLIENTS) loads.push([clients, await load(url, pictures, clients, options.requests)]);
  const memory: [number, number][] = [];
  const part = Math.max(1, Math.floor(options.soak / 10));
  await load(url, pictures, 64, options.soak, async (done) => {
    if (done % part === 0) memory.push([done, await residentMegabytes(url)]);
  });
  child.kill("SIGTERM");
  await once(child, "exit");
  const after = await engineSpeed(bundle, pictures);
  const engine = (before + after) / 2;

  console.log(
    `engine alone, batches of ${BATCH}: ${before.toFixed(1)} pictures/s before, ${after.toFixed(1)} after\n`,
  );
  console.log(
    table(
      [
        ["clients", "right"],
        ["pictures/s", "right"],
        ["of the engine", "right"],
        ["p50 ms", "right"],
        ["p99 ms", "right"],
      ],
      loads.map(([clients, { imagesPerSecond, times }]) => [
        String(clients),
        imagesPerSecond.toFixed(1),
        `${((100 * imagesPerSecond) / engine).toFixed(0)} %`,
        percentile(times, 50).toFixed(0),
        percentile(times, 99).toFixed(0),
      ]),
    ),
  );
  console.log("");
  const rows = memory.map(([done, megabytes]) => [String(done), megabytes.toFixed(0)]);
  console.log(
    table(
      [
        ["requests", "right"],
        ["resident MB", "right"],
      ],
      rows,
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
