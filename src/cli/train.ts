// multihot train: options in, a training run, its events told as a bar, lines or JSON.
import type { Command } from "commander";
import { checkOptions, type TrainOptions } from "../training/recipe/options.js";
import { runTraining } from "../training/run/train.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { typedWeights } from "./loss-options.js";
import { typedChannels } from "./preprocess-options.js";
import { Progress } from "./progress.js";
import { JsonTeller, TextTeller } from "./train-events.js";
import { addTrainOptions, numericTrainOptions } from "./train-options.js";
import { addCommand } from "./usage.js";
import { checked, type Typed } from "./values.js";

export function addTrain(program: Command): void {
  const command = addCommand(
    program,
    "train <DATA>",
    "Train a tagger on DATA, a labels file. Options you leave out are chosen for you, with the reason.",
    "train photos/labels.csv --out run --backbone resnet18 --freeze backbone --epochs 5",
  );
  addTrainOptions(command).action(async (data: string, typed: Typed) => runTrain(data, typed));
}

async function runTrain(data: string, { json, ...typed }: Typed): Promise<void> {
  const options = checked("train", typed, numericTrainOptions, (values) =>
    checkOptions({ ...values, ...typedWeights(typed), ...typedChannels(typed), data } as TrainOptions),
  );
  const progress = new Progress({ json: json === true });
  const teller = json ? new JsonTeller(progress) : new TextTeller(progress);
  const { signal, release } = interruptible(() =>
    progress.warn("Finishing this batch and saving. Press Ctrl-C again to stop at once."),
  );
  progress.begin("Reading data and weights");
  try {
    await runTraining(options, { onEvent: (event) => teller.tell(event), signal });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    progress.end();
    if (!teller.interrupted) progress.warn("Stopped before the run began; nothing was written.");
    process.exitCode = INTERRUPTED;
  } finally {
    progress.end();
    release();
  }
}
