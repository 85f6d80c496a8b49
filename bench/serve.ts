// `npm run bench-serve`: how much of the engine's speed the service keeps, how long its clients wait, and how its
// memory grows.
//
// The service is a process of its own; this one plays its clients, over the loopback. Engine and service take turns,
// so that what slows the machine down meets both.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { table } from "../src/cli/output.js";
import { type EngineName, loadBundle, type Predictor, preparePicture, writeSample } from "../src/index.js";
import { type ResnetName, resnets } from "../src/models/resnet.js";
import { bundleOf, drawnNetwork } from "../test/support/bundles.js";

/** What both sides compute at once at most. */
const BATCH = 16;
/** Pictures that take turns. */
const PICTURES = 64;
/** How often memory is looked at while it is watched. */
const LOOKS = 20;

const options = new Command("npm run bench-serve --")
  .description("The service's speed beside that of its engine alone, its clients' waiting, and its memory.")
  .option(
    "--bundle <dir>",
    "a bundle; default: a ResNet with random weights, which takes as long as a trained one",
  )
  .option("--backbone <name>", `that ResNet: ${Object.keys(resnets).join(", ")}`, "resnet18")
  .option("--size <n>", "side of its pictures, in pixels", Number, 224)
  .option("--pictures <dir>", "a folder of JPEG files; default: drawn ones of 320 pixels")
  .option("--engine <name>", "auto, ort or onednn", "auto")
  .option("--clients <list>", "numbers of clients", (text) => text.split(",").map(Number), [1, 8, 64])
  .option("--rounds <n>", "rounds; each measures the engine and every number of clients", Number, 5)
  .option("--seconds <n>", "of each measurement", Number, 4)
  .option("--soak <n>", "requests of 64 clients while memory is watched", Number, 0)
  .parse()
  .opts<{
    bundle?: string;
    backbone: string;
    size: number;
    pictures?: string;
    engine: EngineName;
    clients: number[];
    rounds: number;
    seconds: number;
    soak: number;
  }>();

/** Pictures a second of the engine alone, in full batches of prepared pictures, one after the other. */
async function engineSpeed(predictor: Predictor, batch: readonly Uint8Array[]): Promise<number> {
  const start = performance.now();
  let count = 0;
  let seconds = 0;
  while (seconds < options.seconds) {
    await predictor.tagPrepared(batch);
    count += batch.length;
    seconds = (performance.now() - start) / 1000;
  }
  return count / seconds;
}

async function startService(bundle: string): Promise<{ child: ChildProcess; url: URL }> {
  const main = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
  const args = ["--port", "0", "--batch", String(BATCH), "--engine", options.engine, "--timeout", "600"];
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
  /** In milliseconds. */
  times: number[];
}

/** Clients that each send the next request as soon as they have the answer to the one before, until it is enough. */
async function load(
  url: URL,
  pictures: readonly Buffer[],
  clients: number,
  isEnough: (answered: number, seconds: number) => boolean,
  onAnswer: (answered: number) => Promise<void> | void = () => {},
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  let sent = 0;
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  const client = async () => {
    while (!isEnough(times.length, since())) {
      times.push(await send(agent, url, pictures[sent++ % pictures.length]));
      await onAnswer(times.length);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const imagesPerSecond = times.length / since();
  agent.destroy();
  return { imagesPerSecond, times };
}

const median = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/** The nearest-rank percentile. */
const percentile = (sorted: readonly number[], p: number) => sorted[Math.ceil((p / 100) * sorted.length) - 1];

/** Of the engine alone, and of the service beside it: pictures a second, round by round. */
async function compare(url: URL, predictor: Predictor, pictures: readonly Buffer[]): Promise<void> {
  const batch = await Promise.all(
    pictures.slice(0, BATCH).map((picture) => preparePicture(picture, predictor.transform)),
  );
  await predictor.tagPrepared(batch);
  await load(url, pictures, 64, (answered) => answered >= 64);
  const rows = options.clients.map((clients) => ({
    clients,
    rates: [] as number[],
    shares: [] as number[],
    times: [] as number[],
  }));
  const alone = [await engineSpeed(predictor, batch)];
  for (let round = 0; round < options.rounds; round++) {
    for (const row of rows) {
      const before = alone[alone.length - 1];
      const { imagesPerSecond, times } = await load(
        url,
        pictures,
        row.clients,
        (_, seconds) => seconds >= options.seconds,
      );
      const after = await engineSpeed(predictor, batch);
      alone.push(after);
      row.rates.push(imagesPerSecond);
      row.shares.push((2 * imagesPerSecond) / (before + after));
      row.times.push(...times);
    }
  }
  const range = (values: readonly number[], digits: number) =>
    `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
  console.log(`Engine alone, batches of ${BATCH}: ${range(alone, 1)} pictures a second.\n`);
  const heads = ["clients", "pictures/s", "% of the engine", "p50 ms", "p99 ms"];
  console.log(
    table(
      heads.map((head) => [head, "right"] as const),
      rows.map(({ clients, rates, shares, times }) => {
        const sorted = times.toSorted((a, b) => a - b);
        return [
          String(clients),
          range(rates, 1),
          range(
            shares.map((share) => 100 * share),
            0,
          ),
          percentile(sorted, 50).toFixed(0),
          percentile(sorted, 99).toFixed(0),
        ];
      }),
    ),
  );
  console.log(`Median (least–most) of ${options.rounds} rounds of ${options.seconds} s.\n`);
}

async function residentMegabytes(url: URL): Promise<number> {
  const text = await (await fetch(new URL("/metrics", url))).text();
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(text) ?? [];
  return Number(bytes) / 1e6;
}

/** The slope of the least-squares line. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const across = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return across / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

/** Memory over many requests. */
async function soak(url: URL, pictures: readonly Buffer[]): Promise<void> {
  const points: [number, number][] = [];
  const each = Math.max(1, Math.floor(options.soak / LOOKS));
  await load(
    url,
    pictures,
    64,
    (answered) => answered + 63 >= options.soak,
    async (answered) => {
      if (answered % each === 0) points.push([answered, await residentMegabytes(url)]);
    },
  );
  const rows = points.map(([answered, megabytes]) => [String(answered), megabytes.toFixed(0)]);
  console.log(
    table(
      [
        ["requests", "right"],
        ["resident MB", "right"],
      ],
      rows,
    ),
  );
  const later = points.slice(points.length >> 1);
  console.log(`Its slope over the second half: ${(slope(later) * 1e4).toFixed(1)} MB in 10,000 requests.`);
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
  const { backbone, size, engine } = options;
  const bundle =
    options.bundle ??
    (await bundleOf(join(folder, "bundle"), drawnNetwork(backbone as ResnetName, 18, size)));
  console.log(`${options.bundle ?? `${backbone}, ${size} pixels`}, engine ${engine}.`);
  console.log(`${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.version}.`);

  const { child, url } = await startService(bundle);
  if (options.rounds > 0) {
    const predictor = await loadBundle(bundle, { engine, batch: BATCH });
    await compare(url, predictor, pictures);
    await predictor.close();
  }
  if (options.soak > 0) await soak(url, pictures);
  child.kill("SIGTERM");
  await once(child, "exit");
} finally {
  await rm(folder, { recursive: true, force: true });
}
