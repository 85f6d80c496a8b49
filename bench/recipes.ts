// Losses, heads and training craft beside plain BCE and average pooling, on photographs: mean average precision over
// seeds, as a table.
//
//   node dist/bench/recipes.js FOLDER [--runs 1] [--protocol classifier] [--network squeezenet1_1] [--recipe focal …]
//
// FOLDER/results.jsonl keeps each run's result; what is there is not run again, so that the work may be done in parts.
// FOLDER/features keeps what frozen parts give, some gigabytes, so that they run once for all.
// It reads ../shared (or MULTIHOT_DATA).
import { symlinkSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { random } from "../src/base/random.js";
import { type TrainOptions, train } from "../src/index.js";
import { type Result, table } from "./recipes-table.js";

type Recipe = Partial<TrainOptions>;

const networks: Readonly<Record<string, string>> = {
  squeezenet1_1: "squeezenet1_1-imagenet.onnx",
  resnet50v2: "resnet50v2-imagenet-stage3-features.onnx",
};

/** The recipe that every other is held against: no option beside the protocol's. */
const PLAIN = "plain";

const losses: Record<string, Recipe> = {
  "soft-margin": { loss: "soft-margin" },
  focal: { loss: "focal" },
  asymmetric: { loss: "asymmetric" },
  "label smoothing 0.1": { labelSmoothing: 0.1 },
  "positive weights balanced": { positiveWeights: "balanced" },
};

const heads: Record<string, Recipe> = {
  "head max": { head: "max" },
  "head average-max": { head: "average-max" },
  "head mlp": { head: "mlp" },
  "head csra": { head: "csra" },
  "head mlp, label smoothing 0.1": { head: "mlp", labelSmoothing: 0.1 },
};

/** What makes no new pictures: cheap also where the frozen part runs once. */
const steps: Record<string, Recipe> = {
  "ema 0.99": { ema: 0.99 },
  "clip 1": { clip: 1 },
  "accumulate 4": { accumulate: 4 },
  "class-aware": { sampling: "class-aware" },
};

const craft: Record<string, Recipe> = {
  ...steps,
  "head-lr 0.003": { headLr: 0.003 },
  "layer-decay 0.4": { layerDecay: 0.4 },
  "unfreeze 1": { unfreeze: 1 },
  "mixup 0.2": { mixup: 0.2 },
  "cutmix 1": { cutmix: 1 },
  "rand-augment 2,9": { randAugment: "2,9" },
  "progressive 64": { progressive: 64 },
};

/** What train takes by itself, one thing after the other. */
const best: Record<string, Recipe> = {
  "label smoothing 0.1": { labelSmoothing: 0.1 },
  "head mlp": { head: "mlp" },
  "head mlp, label smoothing 0.1": { head: "mlp", labelSmoothing: 0.1 },
};

interface Protocol {
  readonly options: Recipe;
  /** How many of the photographs to learn from, drawn by the seed; default: all. */
  readonly pictures?: number;
  readonly networks: readonly string[];
  readonly recipes: Readonly<Record<string, Recipe>>;
}

const classifier: Recipe = {
  head: "average",
  labelSmoothing: 0,
  freeze: "backbone",
  augment: "none",
  size: 224,
  epochs: 30,
};

const few = (pictures: number): Protocol => ({
  options: classifier,
  pictures,
  networks: Object.keys(networks),
  recipes: { [PLAIN]: {}, ...best },
});

/** What is left out of `options` is what train chooses for itself. */
const protocols: Record<string, Protocol> = {
  classifier: {
    options: { ...classifier, batch: 32 },
    networks: Object.keys(networks),
    recipes: { [PLAIN]: {}, ...losses, ...heads, ...steps, "patience 5": { patience: 5 } },
  },
  "100 photographs": few(100),
  "300 photographs": few(300),
  "1,000 photographs": few(1000),
  "last stage": {
    options: {
      head: "average",
      labelSmoothing: 0,
      freeze: "features.7",
      augment: "light",
      size: 128,
      epochs: 4,
      batch: 32,
    },
    networks: ["squeezenet1_1"],
    recipes: { [PLAIN]: {}, ...best, ...craft },
  },
};

const command = new Command("recipes")
  .description("Losses, heads and training craft on photographs, as a table.")
  .argument("<FOLDER>", "where results.jsonl is, or will be")
  .option("--runs <N>", "do so many of the runs that are missing; 0 prints the table alone", "Infinity")
  .option("--protocol <NAME...>", Object.keys(protocols).join(", "), Object.keys(protocols))
  .option("--network <NAME...>", Object.keys(networks).join(", "), Object.keys(networks))
  .option("--recipe <NAME...>", "some of them; default: all")
  .option("--seed <N...>", "a run each", ["1", "2", "3"])
  .option("--threads <N>", "of the engine", "2")
  .parse();
const [folder] = command.args;
const values = command.opts<{
  runs: string;
  protocol: string[];
  network: string[];
  recipe?: string[];
  seed: string[];
  threads: string;
}>();
const shared = process.env.MULTIHOT_DATA ?? "../shared";
const file = join(folder, "results.jsonl");
/** What frozen parts have given, by what they depend on; not needed any more when all is done. */
const features = resolve(folder, "features");

async function done(): Promise<Result[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Result);
}

/** Seeds outermost: what there is of a table is a table of fewer seeds. */
function wanted(): Omit<Result, "mAP" | "seconds">[] {
  return values.seed.flatMap((seed) =>
    values.protocol.flatMap((protocol) =>
      protocols[protocol].networks
        .filter((network) => values.network.includes(network))
        .flatMap((network) =>
          Object.keys(protocols[protocol].recipes)
            .filter((recipe) => values.recipe?.includes(recipe) ?? true)
            .map((recipe) => ({ protocol, network, recipe, seed: Number(seed) })),
        ),
    ),
  );
}

/** A labels file of so many photographs, with all labels in it whether one of these has them or not. */
async function drawn(pictures: number, seed: number, folder: string): Promise<string> {
  const source = join(shared, "data/coco18");
  const [, ...lines] = (await readFile(join(source, "train.csv"), "utf8")).trim().split("\n");
  const rows = lines.map((line) => line.split(","));
  const labels = [...new Set(rows.flatMap(([, tags]) => tags.split("|")))]
    .filter((label) => label !== "")
    .sort();
  const { integer } = random(seed, "photographs");
  for (let i = rows.length - 1; i > 0; i--) {
    const j = integer(i + 1);
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  const chosen = rows.slice(0, pictures).map(([image, tags]) => {
    const own = tags.split("|");
    return [resolve(source, image), ...labels.map((label) => (own.includes(label) ? 1 : 0))].join();
  });
  const path = join(folder, "labels.csv");
  await writeFile(path, `${[["image", ...labels].join(), ...chosen].join("\n")}\n`);
  return path;
}

async function run({ protocol, network, recipe, seed }: Omit<Result, "mAP" | "seconds">): Promise<Result> {
  const { options, pictures, recipes } = protocols[protocol];
  const start = performance.now();
  const out = await mkdtemp(join(tmpdir(), "recipes-"));
  let mAP: number | null = null;
  try {
    await train(
      {
        ...options,
        ...recipes[recipe],
        data: pictures ? await drawn(pictures, seed, out) : join(shared, "data/coco18/train.csv"),
        val: join(shared, "data/coco18/val.csv"),
        out: join(out, "run"),
        backbone: join(shared, "weights", networks[network]),
        // Which precision is faster is measured anew in each run; all must have the same.
        precision: "fp32",
        threads: Number(values.threads),
        seed,
      },
      {
        onEvent(event) {
          // Nothing has been computed yet: what the frozen part gives goes where earlier runs have left theirs.
          if (event.event === "start") symlinkSync(features, join(out, "run", "features"));
          if (event.event === "done") mAP = event.mAP;
        },
      },
    );
  } finally {
    await rm(out, { recursive: true, force: true });
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  return { protocol, network, recipe, seed, mAP: mAP ?? Number.NaN, seconds };
}

const isSame = (a: Omit<Result, "mAP" | "seconds">) => (b: Result) =>
  a.protocol === b.protocol && a.network === b.network && a.recipe === b.recipe && a.seed === b.seed;

await mkdir(features, { recursive: true });
const before = await done();
const missing = wanted().filter((one) => !before.some(isSame(one)));
for (const one of missing.slice(0, Number(values.runs))) {
  const result = await run(one);
  await appendFile(file, `${JSON.stringify(result)}\n`);
  const { protocol, network, recipe, seed, mAP, seconds } = result;
  console.error(`${protocol}, ${network}, ${recipe}, seed ${seed}: mAP ${mAP.toFixed(4)}, ${seconds} s`);
}

const results = await done();
for (const protocol of values.protocol) {
  const own = results.filter((result) => result.protocol === protocol);
  if (own.length > 0) console.log(`\n${protocol}\n\n${table(own, PLAIN)}`);
}
const left = missing.length - Math.min(missing.length, Number(values.runs));
if (left > 0) console.error(`${left} runs are still missing.`);
