// The options of train, in the groups of its help.
import type { Command } from "commander";
import { addLossOptions, numericLossOptions } from "./loss-options.js";
import { addPreprocessOptions } from "./preprocess-options.js";
import { addEngineOptions } from "./values.js";

/** Those that are numbers. */
export const numericTrainOptions: readonly string[] = [
  "csraLambda",
  "csraHeads",
  "headInit",
  "unfreeze",
  "epochs",
  "batch",
  "accumulate",
  "momentum",
  "weightDecay",
  "lr",
  "headLr",
  "layerDecay",
  "warmup",
  "clip",
  "ema",
  "patience",
  "size",
  "cropShare",
  "progressive",
  "mixup",
  "cutmix",
  "views",
  ...numericLossOptions,
  "seed",
  "threads",
  "workers",
  "cacheLimit",
  "saveEvery",
];

/** Adds every option of train. Fixed defaults are named; the others depend on the data. */
export function addTrainOptions(command: Command): Command {
  command
    .optionsGroup("Run:")
    .option("--out <RUN>", "run folder: bundle, report, checkpoints (required)")
    .option("--resume", "continue the run in RUN where it stopped")
    .option("--save-every <MINUTES>", "time between checkpoints (default: 5)")
    .option("--json", "print JSON: one line per epoch and a final one");
  command
    .optionsGroup("Data:")
    .option("--val <DATA>", "validation data (default: a balanced fifth of DATA)")
    .option("--test <DATA>", "unseen images, measured once at the end")
    .option("--format <NAME>", "format of DATA (default: detected)")
    .option("--images <DIR>", "folder that the paths in DATA are relative to")
    .option("--group-by <COLUMN>", "keep images with the same value on one side")
    .option("--near-copies <WHAT>", "together (default): keep on one side; or ignore")
    .option("--unknown <WHAT>", "unknown labels: ignore (default) or negative");
  command
    .optionsGroup("Network:")
    .option("--backbone <NAME>", "a name, an .onnx file, or hf:OWNER/NAME[@REVISION]")
    .option("--file <PATH>", "file in that repository (default: onnx/model.onnx)")
    .option("--features <NAME>", "a frozen file's output, e.g. last_hidden_state:mean")
    .option("--weights <NAME>", "imagenet, none, or a .pth, .th or .safetensors file")
    .option("--head <NAME>", "average, max, average-max, mlp or csra")
    .option("--csra-lambda <N>", "csra: weight of the attention term (default: 0.1)")
    .option("--csra-heads <N>", "csra: number of heads, 1 (default), 2, 4, 6 or 8")
    .option("--head-init <PART>", "scale of the head's initial weights (Kaiming: 1)")
    .option("--freeze <NAME>", "none, backbone, or the module to freeze up to")
    .option("--unfreeze <EPOCHS>", "head first, then one more stage every EPOCHS epochs")
    .option("--batchnorm <NAME>", "statistics in trained layers: batch or frozen");
  command
    .optionsGroup("Steps:")
    .option("--epochs <N>", "passes over DATA; 0 saves the untrained network")
    .option("--batch <N>", "images per batch")
    .option("--accumulate <K>", "batches per optimizer step (default: 1)")
    .option("--optimizer <NAME>", "adamw (default) or sgd")
    .option("--momentum <PART>", "SGD momentum, below 1 (default: 0.9)")
    .option("--weight-decay <RATE>", "weight decay; biases and normalization are exempt")
    .option("--lr <RATE>", "peak learning rate")
    .option("--head-lr <RATE>", "the head's rate (default: 1, 10 or 20 times --lr)")
    .option("--layer-decay <F>", "learning rate factor per stage down (default: 1)")
    .option("--schedule <NAME>", "learning rate: onecycle (default), cosine, constant")
    .option("--warmup <EPOCHS>", "epochs until the peak learning rate, e.g. 0.5")
    .option("--clip <NORM>", "maximum norm of the gradient")
    .option("--ema <DECAY>", "decay of a moving average of weights, e.g. 0.999")
    .option("--patience <N>", "stop after N epochs without improvement");
  command.optionsGroup("Images:").option("--size <PIXELS>", "side of the network's input, in pixels");
  addPreprocessOptions(command)
    .option("--progressive <PIXELS>", "start with small images and grow to --size")
    .option("--augment <NAME>", "random crops and flips: none, light or standard")
    .option("--rand-augment <LIST>", "N,M: N operations of strength M (0-30), e.g. 2,9")
    .option("--mixup <ALPHA>", "blend images in pairs, by Beta(ALPHA, ALPHA)")
    .option("--cutmix <ALPHA>", "paste parts of images, by Beta(ALPHA, ALPHA)")
    .option("--views <K>", "augmented views per image to keep features of")
    .option("--sampling <NAME>", "shuffle (default), or class-aware for rare labels");
  addLossOptions(command.optionsGroup("Loss:"));
  command
    .optionsGroup("Decisions:")
    .option("--threshold-for <AIM>", "f1 (default), micro-f1, precision=P, recall=R, none")
    .option("--calibrate <NAME>", "platt (default), temperature or none");
  return addEngineOptions(command.optionsGroup("Machine:"))
    .option("--workers <N>", "threads that decode images (default: one per core)")
    .option("--cache-limit <GIB>", "maximum memory for cached backbone features, in GiB")
    .option("--seed <N>", "random seed (default: 1)");
}
