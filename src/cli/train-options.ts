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

/** Adds every option of train. A default is told where it is always the same; the others are chosen by the data. */
export function addTrainOptions(command: Command): Command {
  command
    .optionsGroup("Run:")
    .option("--out <RUN>", "folder for bundle, metrics, checkpoint (required)")
    .option("--resume", "continue the run in RUN where it stopped")
    .option("--save-every <MINUTES>", "time between checkpoints (default: 5)")
    .option("--json", "print JSON: a line an epoch, and one at the end");
  command
    .optionsGroup("Data:")
    .option("--val <DATA>", "what to validate on (default: a fair fifth of DATA)")
    .option("--test <DATA>", "measured once, at the end: unseen images")
    .option("--format <NAME>", "format of DATA (default: recognised)")
    .option("--images <DIR>", "the folder that paths in DATA start from")
    .option("--group-by <COLUMN>", "its value names groups; each stays on one side")
    .option("--near-copies <WHAT>", "a split keeps them together (default), or ignore")
    .option("--unknown <WHAT>", "unknown labels: ignore (default), or negative");
  command
    .optionsGroup("Network:")
    .option("--backbone <NAME>", "a name, an .onnx file, or hf:OWNER/NAME[@REVISION]")
    .option("--file <PATH>", "the repository's file (default: onnx/model.onnx)")
    .option("--features <NAME>", "a frozen file's value, e.g. last_hidden_state:mean")
    .option("--weights <NAME>", "imagenet, none, or a .pth, .th or .safetensors file")
    .option("--head <NAME>", "average, max, average-max, mlp or csra")
    .option("--csra-lambda <N>", "csra: what best places count (default: 0.1)")
    .option("--csra-heads <N>", "csra: 1 (default), 2, 4, 6 or 8 attentions")
    .option("--head-init <PART>", "the classifier's first weights; Kaiming's are 1")
    .option("--freeze <NAME>", "none, backbone, or all up to a module, e.g. layer3")
    .option("--unfreeze <EPOCHS>", "a stage joins each EPOCHS epochs, the head first")
    .option("--batchnorm <NAME>", "statistics where weights learn: batch or frozen");
  command
    .optionsGroup("Steps:")
    .option("--epochs <N>", "passes over DATA; 0 writes the untrained network")
    .option("--batch <N>", "pictures in a step")
    .option("--accumulate <K>", "batches that make one step (default: 1)")
    .option("--optimizer <NAME>", "adamw (default), or sgd")
    .option("--momentum <PART>", "momentum of sgd, below 1 (default: 0.9)")
    .option("--weight-decay <RATE>", "decay of weights; not of biases, normalisations")
    .option("--lr <RATE>", "learning rate: the greatest of the schedule")
    .option("--head-lr <RATE>", "the classifier's (default: --lr, or 10 times it)")
    .option("--layer-decay <F>", "each stage at F times the rate above (default: 1)")
    .option("--schedule <NAME>", "of the rate: onecycle (default), cosine, constant")
    .option("--warmup <EPOCHS>", "epochs, or part of one, until the full rate")
    .option("--clip <NORM>", "greatest length of the gradient of all weights")
    .option("--ema <DECAY>", "keep a moving average of the weights, e.g. 0.999")
    .option("--patience <N>", "end after N epochs without a better one");
  command.optionsGroup("Pictures:").option("--size <PIXELS>", "side of the network's input");
  addPreprocessOptions(command)
    .option("--progressive <PIXELS>", "side of the first pictures, growing to --size")
    .option("--augment <NAME>", "random crops and mirroring: none, light or standard")
    .option("--rand-augment <LIST>", "N,M: N changes of strength M (to 30), e.g. 2,9")
    .option("--mixup <ALPHA>", "blend pictures, and labels, by Beta(ALPHA, ALPHA)")
    .option("--cutmix <ALPHA>", "paste parts of pictures, by Beta(ALPHA, ALPHA)")
    .option("--views <K>", "augmented views of a picture behind a frozen part")
    .option("--sampling <NAME>", "shuffle (default), or class-aware: rare labels more");
  addLossOptions(command.optionsGroup("Loss:"));
  command
    .optionsGroup("Decisions:")
    .option("--threshold-for <AIM>", "f1 (default), micro-f1, precision=P, recall=R, none")
    .option("--calibrate <NAME>", "probabilities: platt (default), temperature, none");
  return addEngineOptions(command.optionsGroup("Machine:"))
    .option("--workers <N>", "threads that decode pictures (default: as many)")
    .option("--cache-limit <GIB>", "memory for what the frozen part gives of pictures")
    .option("--seed <N>", "all randomness comes from it (default: 1)");
}
