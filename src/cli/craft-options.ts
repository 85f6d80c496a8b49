// Options of training craft: what is made of the pictures, what the optimizer does beside its plain steps, and when a
// run ends.
import type { Command } from "commander";

/** Those that are numbers. */
export const numericCraftOptions = [
  "headLr",
  "headInit",
  "lrDecay",
  "unfreeze",
  "accumulate",
  "clip",
  "ema",
  "patience",
  "progressive",
  "mixup",
  "cutmix",
] as const;

export function addCraftOptions(command: Command): Command {
  return command
    .option("--head-lr <RATE>", "learning rate of the classifier (default: --lr)")
    .option("--head-init <PART>", "the classifier's first weights; Kaiming's are 1")
    .option("--lr-decay <F>", "each stage at F times the rate of the one above")
    .option("--unfreeze <EPOCHS>", "a stage joins each EPOCHS epochs, the head first")
    .option("--accumulate <K>", "batches that make one step of the optimizer")
    .option("--clip <NORM>", "greatest length of the gradient of all weights")
    .option("--ema <DECAY>", "keep a moving average of the weights, e.g. 0.999")
    .option("--patience <N>", "end after N epochs without a better one")
    .option("--progressive <PIXELS>", "side of the first pictures, growing to --size")
    .option("--rand-augment <LIST>", "N,M: N changes of strength M (to 30), e.g. 2,9")
    .option("--sampling <NAME>", "shuffle, or class-aware: rare labels more often")
    .option("--mixup <ALPHA>", "blend pictures, and labels, by Beta(ALPHA, ALPHA)")
    .option("--cutmix <ALPHA>", "paste parts of pictures, by Beta(ALPHA, ALPHA)");
}
