// bench: this machine's speed, row by row, beside PyTorch's where it is asked for and there.
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { problemsIn, wanted } from "../base/wanted.js";
import { engineNames } from "../engines/registry.js";
import { surveyEngines } from "../engines/survey.js";
import { type BenchData, benchData } from "./data.js";
import { type Measurement, measureRow } from "./measure.js";
import { missingPackage } from "./python.js";
import { rows, type Settings, usualRows } from "./rows.js";
import { ourSides, type PytorchSetting, pytorchSides } from "./sides.js";

const natural = z.int().min(1);
const rowNames = Object.keys(rows);

const schema = z.strictObject({
  /** Which rows; default: inference, and the steps of training that a user waits for. */
  rows: z.array(z.enum(rowNames)).min(1).optional(),
  against: z.enum(["pytorch"]).optional(),
  /** PyTorch as it comes, or with the allocator's and OpenMP's settings with which it is fastest. */
  pytorch: z.enum(["installed", "tuned", "both"]).optional(),
  /** A name, or an `.onnx` file; its weights are random. */
  backbone: z.string().min(1).optional(),
  /** Default: each that works here. */
  engine: z.enum(engineNames).optional(),
  /** Default: each that the engine has. */
  precision: z.enum(["auto", "fp32", "bf16"]).optional(),
  threads: natural.optional(),
  size: z.int().min(32).optional(),
  batch: natural.optional(),
  labels: natural.optional(),
  rounds: natural.optional(),
  /** Steps a round. */
  steps: natural.optional(),
  /** Labels files of pictures, for the rows that read some. */
  data: z.string().min(1).optional(),
  val: z.string().min(1).optional(),
  /** Of each part of them so many at most. */
  pictures: natural.optional(),
  /** Of row `run`. */
  epochs: natural.optional(),
});

export type BenchOptions = z.input<typeof schema>;

export interface BenchHooks {
  /** Rounds of a row, of all its sides. */
  onProgress?: (row: string, done: number, total: number, side: string) => void;
  /** A row is done. */
  onRow?: (measurements: readonly Measurement[]) => void;
  /** What is left out, and why. */
  onMissing?: (what: string) => void;
}

export interface BenchResult {
  readonly settings: Omit<Settings, keyof BenchData>;
  readonly rounds: number;
  readonly steps: number;
  /** None: PyTorch was not measured. */
  readonly pytorch: readonly PytorchSetting[];
  readonly results: readonly Measurement[];
}

/** @throws UserError with every problem at once */
export function checkBenchOptions(options: BenchOptions): BenchOptions {
  const result = schema.safeParse(options, { error: wanted });
  const problems = problemsIn(result.error);
  const asked: readonly string[] = options.rows ?? [];
  for (const name of asked) {
    if (rows[name]?.data && options.data === undefined) {
      problems.push(`data: row ${name} trains on pictures. Name a labels file`);
    }
  }
  if (options.val !== undefined && options.data === undefined) {
    problems.push("val: it belongs to --data");
  }
  if (options.pytorch !== undefined && options.against === undefined) {
    problems.push("pytorch: it says how PyTorch is set; add --against pytorch");
  }
  if (problems.length === 0) return options;
  throw new UserError("The benchmark cannot work with these options:", problems.sort());
}

/**
 * Measures. Each row has a process a side, and the sides take turns, so that what slows the machine down meets all of
 * them. Networks have random weights, pictures that no row reads from files are noise.
 */
export async function bench(given: BenchOptions, hooks: BenchHooks = {}): Promise<BenchResult> {
  const options = checkBenchOptions(given);
  const { rounds = 3, steps = 2, engine, precision } = options;
  const against = options.against === "pytorch" && (await isThere(options, hooks));
  const asked = options.pytorch ?? "tuned";
  const pytorch: PytorchSetting[] = !against ? [] : asked === "both" ? ["installed", "tuned"] : [asked];
  const survey = await surveyEngines();
  const engines = survey.filter(({ name }) => engine === undefined || engine === "auto" || engine === name);
  const fast = engines.some(({ bf16Gain }) => bf16Gain !== undefined);
  const precisions = (["fp32", "bf16"] as const).filter((one) =>
    precision === undefined || precision === "auto" ? one === "fp32" || fast : one === precision,
  );
  const told = {
    backbone: options.backbone ?? "resnet50",
    size: options.size ?? 224,
    batch: options.batch ?? 16,
    labels: options.labels ?? 20,
    threads: options.threads ?? availableParallelism(),
    epochs: options.epochs ?? 20,
  };
  const names = options.rows ?? usualRows;
  const folder = await mkdtemp(join(tmpdir(), "multihot-bench-"));
  const results: Measurement[] = [];
  try {
    const files = names.some((name) => readsFiles.includes(name));
    const data = files ? await benchData(folder, options) : { data: "", val: "", json: "" };
    for (const name of names) {
      const row = rows[name];
      const sides = [...ourSides(row, engines, precisions), ...pytorchSides(row, precisions, pytorch)];
      const found = await measureRow(
        name,
        row,
        sides,
        { ...told, ...data },
        {
          rounds: row.rounds ?? rounds,
          steps: row.steps ?? steps,
          onProgress: (done, total, side) => hooks.onProgress?.(row.title, done, total, side),
          onMissing: (side, reason) => hooks.onMissing?.(`${row.title}: ${side} is left out: ${reason}`),
        },
      );
      results.push(...found);
      hooks.onRow?.(found);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return { settings: told, rounds, steps, pytorch, results };
}

const readsFiles: readonly string[] = ["run", "latency", "loader"];

async function isThere({ backbone }: BenchOptions, { onMissing }: BenchHooks): Promise<boolean> {
  const packages = ["torch", "torchvision", ...(backbone?.endsWith(".onnx") ? ["onnx"] : [])];
  let why: string | undefined;
  for (const name of packages) why ??= await missingPackage(name);
  if (why) onMissing?.(`PyTorch is not measured: ${why}`);
  return why === undefined;
}
