// multihot train: options in, a training run, its events told as a bar, lines or JSON.
import type { Command } from "commander";
import { checkOptions, type TrainOptions } from "../training/options.js";
import { train } from "../training/train.js";
import { addCraftOptions, numericCraftOptions } from "./craft-options.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { addLossOptions, numericLossOptions, typedWeights } from "./loss-options.js";
import { Progress } from "./progress.js";
import { JsonTeller, TextTeller } from "./train-events.js";
import { addCommand } from "./usage.js";
import { addEngineOptions, checked, type Typed } from "./values.js";

/** Those that are numbers. */
export const numericTrainOptions: readonly string[] = [
  "csraLambda",
  "csraHeads",
  "epochs",
  "batch",
  "size",
  "lr",
  "momentum",
  "weightDecay",
  "warmup",
  "seed",
  "threads",
  "workers",
  "views",
  "cacheLimit",
  ...numericCraftOptions,
  ...numericLossOptions,
];

export function addTrain(program: Command): void {
  const command = addCommand(
    program,
    "train <DATA>",
    "Train a tagger on DATA, a labels file. Options that are left out are chosen, and why is told.",
    "train photos/labels.csv --out run --backbone resnet18 --freeze backbone --epochs 5",
  );
  addTrainOptions(command).action(async (data: string, typed: Typed) => runTrain(data, typed));
}

/** Adds every option of train. */
export function addTrainOptions(command: Command): Command {
  command
    .option("--out <RUN>", "folder for bundle, metrics, checkpoint (required)")
    .option("--val <DATA>", "what to validate on (default: a fair fifth of DATA)")
    .option("--format <NAME>", "format of DATA (default: recognised)")
    .option("--group-by <COLUMN>", "its value names groups; each stays on one side")
    .option("--near-copies <WHAT>", "a split keeps them together (default), or ignore")
    .option("--unknown <WHAT>", "unknown labels: ignore (default), or negative")
    .option("--backbone <NAME>", "resnet18, 34, 50, 101, 152, or an .onnx file")
    .option("--weights <NAME>", "imagenet, none, or a .pth, .th or .safetensors file")
    .option("--head <NAME>", "average, max, average-max, mlp or csra")
    .option("--csra-lambda <N>", "csra: what best places count beside the average")
    .option("--csra-heads <N>", "csra: 1, 2, 4, 6 or 8 attentions")
    .option("--freeze <NAME>", "none, backbone, or all up to a module, e.g. layer3")
    .option("--batchnorm <NAME>", "statistics where weights learn: batch or frozen")
    .option("--epochs <N>", "passes over DATA; 0 writes the untrained network")
    .option("--batch <N>", "pictures in a step")
    .option("--size <PIXELS>", "side of the network's input")
    .option("--lr <RATE>", "learning rate: the greatest of the schedule")
    .option("--optimizer <NAME>", "sgd or adamw")
    .option("--momentum <PART>", "momentum of sgd, from 0 to below 1")
    .option("--weight-decay <RATE>", "decay of weights; not of biases, normalisations")
    .option("--schedule <NAME>", "of the rate: onecycle, cosine or constant")
    .option("--warmup <EPOCHS>", "epochs, or part of one, until the full rate")
    .option("--threshold-for <AIM>", "f1, micro-f1, precision=P, recall=R, or none: 0.5")
    .option("--calibrate <NAME>", "probabilities: none, temperature or platt")
    .option("--augment <NAME>", "random crops and mirroring: none, light or standard")
    .option("--views <K>", "augmented views of a picture behind a frozen part")
    .option("--cache-limit <GIB>", "memory for what the frozen part gives of pictures")
    .option("--seed <N>", "all randomness comes from it");
  return addEngineOptions(addLossOptions(addCraftOptions(command)))
    .option("--workers <N>", "threads that decode pictures")
    .option("--resume", "go on where the run in RUN stopped")
    .option("--json", "print JSON: a line an epoch, and one at the end");
}

async function runTrain(data: string, { json, ...typed }: Typed): Promise<void> {
  const options = checked("train", typed, numericTrainOptions, (values) =>
    checkOptions({ ...values, ...typedWeights(typed), data } as TrainOptions),
  );
  const progress = new Progress({ json: json === true });
  const teller = json ? new JsonTeller(progress) : new TextTeller(progress);
  const { signal, release } = interruptible(() =>
    progress.warn("Finishing this batch and saving. Ctrl-C once more stops at once."),
  );
  progress.begin("Reading data and weights");
  try {
    await train(options, { onEvent: (event) => teller.tell(event), signal });
  } finally {
    progress.end();
    release();
  }
  if (teller.interrupted) process.exitCode = INTERRUPTED;
}
