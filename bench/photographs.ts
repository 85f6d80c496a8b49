// The same recipes on real photographs, here and in PyTorch: mean average precision of several seeds, as a table.
//
//   node dist/bench/photographs.js [--backbone squeezenet1_1 …] [--freeze backbone none] [--seed 1 2 3] [--threads 2] [--precision bf16]
//
// It reads ../shared (or MULTIHOT_DATA) and runs PyTorch by /usr/bin/python3 (bench/pytorch/coco18.py).
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { type TrainOptions, train } from "../src/index.js";

const files: Readonly<Record<string, string>> = {
  squeezenet1_1: "squeezenet1_1-imagenet.onnx",
  mobilenetv2: "mobilenetv2-imagenet-features.onnx",
  resnet50v2: "resnet50v2-imagenet-stage3-features.onnx",
};

/** What coco18.py takes for granted. */
const recipes = {
  backbone: {
    head: "average",
    labelSmoothing: 0,
    freeze: "backbone",
    epochs: 30,
    size: 224,
    lr: 1e-3,
    schedule: "constant",
    warmup: 0,
    augment: "none",
  },
  none: { freeze: "none", epochs: 3, size: 96, lr: 3e-4, schedule: "onecycle", augment: "light" },
} as const;
type Freeze = keyof typeof recipes;

const values = new Command("photographs")
  .description("The same recipes on real photographs, here and in PyTorch.")
  .option("--backbone <NAME...>", Object.keys(files).join(", "), Object.keys(files))
  .option("--freeze <NAME...>", Object.keys(recipes).join(", "), Object.keys(recipes))
  .option("--seed <N...>", "a run each", ["1", "2", "3"])
  .option("--side <NAME...>", "ours, pytorch", ["ours", "pytorch"])
  .option("--threads <N>", "of both sides", "2")
  .option("--engine <NAME>", "ours", "auto")
  .option("--precision <NAME>", "ours", "fp32")
  .parse()
  .opts<{
    backbone: string[];
    freeze: string[];
    seed: string[];
    side: string[];
    threads: string;
    engine: string;
    precision: string;
  }>();
const shared = process.env.MULTIHOT_DATA ?? "../shared";
const threads = Number(values.threads);

async function ours(backbone: string, freeze: Freeze, seed: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "photographs-"));
  let mAP: number | null = null;
  try {
    await train(
      {
        ...recipes[freeze],
        data: join(shared, "data/coco18/train.csv"),
        val: join(shared, "data/coco18/val.csv"),
        out: join(folder, "run"),
        backbone: join(shared, "weights", files[backbone]),
        batch: 32,
        optimizer: "adamw",
        weightDecay: 1e-2,
        batchnorm: "batch",
        engine: values.engine as TrainOptions["engine"],
        precision: values.precision as TrainOptions["precision"],
        seed,
        threads,
      },
      {
        onEvent: (event) => {
          if (event.event === "done") mAP = event.mAP;
        },
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return mAP ?? Number.NaN;
}

/** All seeds in one process: it runs a frozen backbone once. */
async function pytorch(backbone: string, freeze: Freeze, seeds: readonly number[]): Promise<number[]> {
  const child = spawn(
    "/usr/bin/python3",
    [
      ...[
        "-B",
        "bench/pytorch/coco18.py",
        "--data",
        join(shared, "data/coco18"),
        "--weights",
        join(shared, "weights"),
      ],
      ...[
        "--backbone",
        backbone,
        "--freeze",
        freeze,
        "--threads",
        String(threads),
        "--seed",
        ...seeds.map(String),
      ],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  for await (const chunk of child.stdout) text += chunk;
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { done?: boolean; mAP: number });
  const results = lines.filter((line) => line.done).map((line) => line.mAP);
  if (results.length !== seeds.length) throw new Error(`coco18.py ended early: ${text.slice(-300)}`);
  return results;
}

async function oursOfAll(backbone: string, freeze: Freeze, seeds: readonly number[]): Promise<number[]> {
  const results: number[] = [];
  for (const seed of seeds) results.push(await ours(backbone, freeze, seed));
  return results;
}

const sides = { ours: oursOfAll, pytorch };
const mean = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
const told = (numbers: readonly number[]) =>
  `${mean(numbers).toFixed(3)} (${numbers.map((n) => n.toFixed(3)).join(", ")})`;

const rows: string[] = [];
for (const freeze of values.freeze as Freeze[]) {
  for (const backbone of values.backbone) {
    const results: number[][] = [];
    for (const side of values.side as (keyof typeof sides)[]) {
      const start = performance.now();
      const found = await sides[side](backbone, freeze, values.seed.map(Number));
      results.push(found);
      const seconds = (performance.now() - start) / 1000;
      console.error(`${backbone}, freeze ${freeze}, ${side}: mAP ${told(found)}, ${seconds.toFixed(0)} s`);
    }
    const gap = results.length === 2 ? (100 * (mean(results[0]) - mean(results[1]))).toFixed(1) : "";
    rows.push(`| ${[backbone, freeze, ...results.map(told), gap].join(" | ")} |`);
  }
}
console.log(`| backbone | freeze | ${values.side.join(" | ")} | difference, points |`);
console.log(`|---|---|${values.side.map(() => "---").join("|")}|---|`);
console.log(rows.join("\n"));
