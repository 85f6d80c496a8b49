// multihot backbones: the networks by name, with what helps to choose: size, licence, speed here, mAP where it was measured.
import { mkdir, readFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { writeWhole } from "../base/write-whole.js";
import { ortEngine } from "../engines/index.js";
import type { Graph } from "../graph/graph.js";
import { sizeOf, tensor } from "../graph/tensor.js";
import { type CatalogueEntry, catalogue } from "../models/catalogue.js";
import { parametersOf } from "../models/parameters.js";
import { cacheFolder } from "../models/weights/imagenet.js";
import { type Column, number, table } from "./output.js";
import { Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import type { Typed } from "./values.js";
import { version } from "./version.js";

/** Images at once, and the least time that is measured, in milliseconds. */
const BATCH = 4;
const MEASURED = 400;

export function addBackbones(program: Command): void {
  addCommand(
    program,
    "backbones",
    "List the backbones with size, license and speed on this machine (measured once, in a few minutes).",
    "backbones",
  )
    .option("--json", "print JSON: a list of objects")
    .option("--again", "measure the speed again")
    .action(runBackbones);
}

interface Listed {
  readonly name: string;
  readonly title: string;
  readonly parameters: number;
  /** Of the weights in float32. */
  readonly megabytes: number;
  readonly licence: string | null;
  readonly weights: string | null;
  readonly features: number;
  readonly size: number;
  /** Its inference here; null where it could not be run. */
  readonly imagesPerSecond: number | null;
  readonly mAP: number | null;
}

async function runBackbones({ json, again }: Typed): Promise<void> {
  const progress = new Progress({ json: json === true });
  const speeds = new Speeds(again === true ? {} : await Speeds.kept());
  const entries = catalogue();
  progress.begin("Measuring speed", entries.length);
  const listed: Listed[] = [];
  for (const [i, entry] of entries.entries()) {
    const graph = entry.build();
    const parameters = parametersOf(graph).reduce(
      (sum, { name }) => sum + (graph.initializers.get(name)?.data.length ?? 0),
      0,
    );
    listed.push({
      name: entry.name,
      title: entry.title,
      parameters,
      megabytes: Math.round((parameters * 4) / 1e5) / 10,
      licence: entry.licence ?? null,
      weights: entry.weights ?? null,
      features: Number(graph.outputs[0].shape[1]),
      size: entry.size,
      imagesPerSecond: await speeds.of(entry, graph),
      mAP: entry.mAP ?? null,
    });
    progress.update(i + 1, entry.name);
  }
  await speeds.keep();
  progress.end();
  progress.result(json ? `${JSON.stringify(listed, null, 2)}\n` : `${told(listed)}\n`);
}

function told(listed: readonly Listed[]): string {
  const columns: Column[] = [
    ["name"],
    ["MB", "right"],
    ["features", "right"],
    ["pixels", "right"],
    ["images/s here", "right"],
    ["mAP", "right"],
    ["licence"],
    ["description"],
  ];
  const rows = listed.map(({ name, megabytes, features, size, imagesPerSecond, mAP, licence, title }) => [
    name,
    megabytes.toFixed(0),
    String(features),
    String(size),
    imagesPerSecond === null ? "–" : imagesPerSecond.toPrecision(2),
    number(mAP),
    licence ?? "–",
    title,
  ]);
  return [
    table(columns, rows),
    "",
    `images/s: inference in float32 on ONNX Runtime, batches of ${BATCH}. mAP: frozen, on the photographs of`,
    "docs/measurements/photographs.md; a dash means not measured. Any .onnx file or hf:OWNER/NAME works too.",
  ].join("\n");
}

/** Images a second by network, kept for this machine and version. */
class Speeds {
  private readonly all: Record<string, number>;

  constructor(kept: Readonly<Record<string, number>>) {
    this.all = { ...kept };
  }

  static async kept(): Promise<Record<string, number>> {
    try {
      const { machine, speeds } = JSON.parse(await readFile(Speeds.path, "utf8")) as {
        machine?: string;
        speeds?: Record<string, number>;
      };
      return machine === Speeds.machine ? (speeds ?? {}) : {};
    } catch {
      return {};
    }
  }

  async of({ name, size }: CatalogueEntry, graph: Graph): Promise<number | null> {
    this.all[name] ??= await measured(graph, size).catch(() => 0);
    return this.all[name] > 0 ? this.all[name] : null;
  }

  /** A cache that can't be written costs only time. */
  async keep(): Promise<void> {
    try {
      await mkdir(dirname(Speeds.path), { recursive: true });
      await writeWhole(Speeds.path, JSON.stringify({ machine: Speeds.machine, speeds: this.all }));
    } catch {
      // Measured again the next time.
    }
  }

  private static get path(): string {
    return join(cacheFolder(), "backbone-speeds.json");
  }

  private static get machine(): string {
    const { description } = ortEngine();
    return `${version}, ${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()}, ${description}`;
  }
}

/** Images a second of a network; its weights are zero, which takes as long as others. */
async function measured(graph: Graph, size: number): Promise<number> {
  const program = await ortEngine().compile(graph);
  try {
    const shape = [BATCH, 3, size, size];
    const run = () =>
      program.run({ input: tensor("float32", shape, new Float32Array(sizeOf(shape)).fill(0.5)) });
    await run();
    const begun = performance.now();
    let images = 0;
    while (performance.now() - begun < MEASURED) {
      await run();
      images += BATCH;
    }
    return (images * 1000) / (performance.now() - begun);
  } finally {
    await program.close();
  }
}
