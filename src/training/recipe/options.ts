// TrainOptions: what a training run may be told. Defaults are chosen in defaults.ts.
import { resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { problemsIn, wanted } from "../../base/wanted.js";
import { interpolations } from "../../data/resize/filters.js";
import { type RandAugment, STRONGEST } from "../../data/transform/rand-augment/rand-augment.js";
import { engineNames } from "../../engines/registry.js";
import { lossNames, type OwnOptionName } from "../../losses/index.js";
import { csraHeads, headNames } from "../../models/heads/index.js";
import { lossShape, misplacedLossOptions } from "./loss-options.js";

const natural = z.int().min(1);
const path = z.string().min(1);

/** What thresholds are chosen for; P and R above 0 and at most 1. */
export type ThresholdFor = "none" | "f1" | "micro-f1" | `precision=${number}` | `recall=${number}`;

const THRESHOLD_FOR = "f1, micro-f1, precision=P, recall=R or none is wanted, P and R above 0 and at most 1";

function isThresholdFor(value: unknown): boolean {
  if (["none", "f1", "micro-f1"].includes(String(value))) return true;
  const [, part] = /^(?:precision|recall)=(.+)$/.exec(String(value)) ?? [];
  return Number(part) > 0 && Number(part) <= 1;
}

/** What `randAugment` says; undefined if it says nothing that can be done. */
export function randAugmentOf(text: unknown): RandAugment | undefined {
  const [, n, m] = /^(\d+),(\d+(?:\.\d+)?)$/.exec(String(text)) ?? [];
  const [operations, magnitude] = [Number(n), Number(m)];
  return operations >= 1 && magnitude <= STRONGEST ? { operations, magnitude } : undefined;
}

/** A number for all channels, or one for each. */
const channels = (value: z.ZodNumber) =>
  z.union([value.transform((n): [number, number, number] => [n, n, n]), z.tuple([value, value, value])], {
    error: "a number, or three for R, G and B, is wanted (of std: above 0)",
  });

const schema = z.strictObject({
  /** The labels file (or folder) to learn from. */
  data: path,
  /** The labels file to validate on; default: a fifth of the training pictures, in which each label keeps its share. */
  val: path.optional(),
  /** The labels file to measure the finished bundle on, once; its images should be in neither of the other sets. */
  test: path.optional(),
  /** The run's folder; it must not exist yet, save to resume. */
  out: z
    .string({
      error: ({ input }) =>
        input === undefined ? "name a new folder for the run, such as --out run" : undefined,
    })
    .min(1),
  /** The data's format, where it is not to be recognised. */
  format: z.string().min(1).optional(),
  /** The column (or key) that names a picture's group: it is no label, and no group is on both sides. */
  groupBy: z.string().min(1).optional(),
  /**
   * Of the pictures that are set aside where there is no `val`: whether pictures that look alike, such as one
   * photograph encoded twice, are kept `together`, which is the default and decodes all once more; or `ignore`.
   */
  nearCopies: z.enum(["together", "ignore"]).optional(),
  /** `ignore`: an unknown label counts in no loss and no measure; `negative`: it is taken to be absent. */
  unknown: z.enum(["ignore", "negative"]).optional(),
  /** resnet18, 34, 50, 101, 152, resnet10-small, an `.onnx` file, or `hf:OWNER/NAME[@REVISION]`. */
  backbone: z.string().min(1).optional(),
  /** Of a repository of the hub: its ONNX file; default: `onnx/model.onnx`. */
  file: z.string().min(1).optional(),
  /**
   * Of a file that stays frozen: which of its values holds the features, `NAME`, or of tokens `NAME:cls` (the class
   * token) or `NAME:mean` (of the patches).
   */
  features: z.string().min(1).optional(),
  /** Of RGB scaled to 0 … 1, one number or R, G, B: what the network takes is (x / 255 − mean) / std. */
  mean: channels(z.number()).optional(),
  /** Pixels from 0 to 255 as they are: mean 0 and std 1/255. */
  std: channels(z.number().positive()).optional(),
  /** The filter that images are resized with. Default: what the weights were made with, as of all of these. */
  interpolation: z.enum(interpolations).optional(),
  /** The part of the resized image's side that the crop from its middle keeps. */
  cropShare: z.number().gt(0).max(1).optional(),
  /** `crop`: images keep their shape, and what is too long is cut away; `squash`: they are scaled to squares. */
  fit: z.enum(["crop", "squash"]).optional(),
  /** `imagenet`, `none`, or a file of weights; default of an `.onnx` backbone: its own. */
  weights: z.string().min(1).optional(),
  /**
   * What makes logits of the features: `average` and `max` pool the picture and have one linear layer, `average-max`
   * gives it both, `mlp` has two layers, `csra` looks for each label where it is seen.
   */
  head: z.enum(headNames).optional(),
  /** Of csra: λ, what the best places count beside the average. */
  csraLambda: z.number().min(0).optional(),
  /** Of csra: how many attentions are added, each sharper than the one before. */
  csraHeads: z.literal(csraHeads).optional(),
  /** `none`, `backbone`, or a module: everything up to and including it stays as it is. */
  freeze: z.string().min(1).optional(),
  /** Whether the BatchNormalizations that learn use the batch's statistics or their running ones. */
  batchnorm: z.enum(["batch", "frozen"]).optional(),
  /** 0 writes the bundle of the network as initialised. */
  epochs: z.int().min(0).optional(),
  /** Pictures a step. */
  batch: natural.optional(),
  /** The side of the network's input, in pixels. */
  size: z.int().min(16).optional(),
  /** The side of the first epochs' pictures, below `size`: it grows to that in up to four steps; default: `size`. */
  progressive: z.int().min(16).optional(),
  /** The learning rate; the schedule's greatest. */
  lr: z.number().positive().optional(),
  /** Of the head alone (the classifier's layers), in place of `lr`. */
  headLr: z.number().positive().optional(),
  /**
   * The classifier's first weights (of the head mlp: its second layer's), in parts of Kaiming's, which are made for
   * features of size 1; default 1.
   */
  headInit: z.number().positive().max(1).optional(),
  /** Each stage below the head learns at so many times the rate of the one above it; default 1. */
  lrDecay: z.number().positive().max(1).optional(),
  /** Epochs until the next stage from the top learns too: the head begins alone. Default: all learn at once. */
  unfreeze: natural.optional(),
  optimizer: z.enum(["sgd", "adamw"]).optional(),
  /** Of sgd. */
  momentum: z.number().min(0).lt(1).optional(),
  weightDecay: z.number().min(0).optional(),
  schedule: z.enum(["onecycle", "cosine", "constant"]).optional(),
  /** Epochs (also a part of one) over which the learning rate rises in a line from near zero. */
  warmup: z.number().min(0).optional(),
  /** Batches whose gradients make one step of the optimizer; default 1. */
  accumulate: natural.optional(),
  /** The greatest length of the gradient of all weights together; default: any. */
  clip: z.number().positive().optional(),
  /** The decay of a moving average of the weights, which then is validated and kept; default: no average. */
  ema: z.number().gt(0).lt(1).optional(),
  /** Epochs without a better one after which the run ends; default: it goes on to its last epoch. */
  patience: natural.optional(),
  ...lossShape,
  /**
   * What thresholds are for: each label's F1 (`f1`), or `precision=0.9`, `recall=0.9`; the F1 of all decisions together
   * (`micro-f1`, one threshold for all labels); `none`: 0.5.
   */
  thresholdFor: z.custom<ThresholdFor>(isThresholdFor, { error: THRESHOLD_FOR }).optional(),
  /** How probabilities are made to mean what they say, on the validation pictures. */
  calibrate: z.enum(["none", "temperature", "platt"]).optional(),
  /** All randomness comes from it. */
  seed: z.int().min(0).optional(),
  engine: z.enum(engineNames).optional(),
  /** `auto`: bf16 where the engine has it, computes it rightly and is measured faster in it; else fp32. */
  precision: z.enum(["auto", "fp32", "bf16"]).optional(),
  /** Of the engine. */
  threads: natural.optional(),
  /** Of the loader that decodes pictures. */
  workers: natural.optional(),
  /**
   * `standard`: a random part of the picture, from a twelfth to all of it, half of the time mirrored (torchvision's
   * RandomResizedCrop); `light`: at least 0.6 of it, which seldom cuts a tagged thing away; `none`: its middle.
   */
  augment: z.enum(["none", "light", "standard"]).optional(),
  /**
   * RandAugment: N operations on colour or geometry for each picture, after its crop, drawn by chance, of a strength M
   * from 0 to 30; default: none.
   */
  randAugment: z
    .custom<`${number},${number}`>((value) => randAugmentOf(value) !== undefined, {
      error: "N,M is wanted: N operations, 1 or more, of a strength M from 0 to 30, such as 2,9",
    })
    .optional(),
  /**
   * `shuffle`: each picture once an epoch; `class-aware`: as many draws, in which every label has its turn as often as
   * every other, so that rare labels' pictures come more often.
   */
  sampling: z.enum(["shuffle", "class-aware"]).optional(),
  /** α: each batch's pictures and targets are blended with others by a share from Beta(α, α); default: none are. */
  mixup: z.number().positive().optional(),
  /** α: a rectangle of another picture, its share from Beta(α, α), is put into each; with mixup, in turns by chance. */
  cutmix: z.number().positive().optional(),
  /**
   * Views: so many augmented versions of each picture are made and taken in turn, epoch after epoch, so that the frozen
   * part runs once for each; default: each epoch has its own.
   */
  views: natural.optional(),
  /**
   * How much of what the frozen part gives, and of decoded small pictures, may be in memory, in GiB; the rest is read
   * from the run's folder, or decoded again. Default: half of what is free.
   */
  cacheLimit: z.number().min(0).optional(),
  /** Minutes between checkpoints within an epoch, above 0; default: 5. What a crash costs at most. */
  saveEvery: z.number().positive().optional(),
  /** Go on where the run in `out` stopped; other options then may be left out, and must not differ. */
  resume: z.boolean().optional(),
});

/**
 * Options of `train`, those of the command in camelCase. What is left out is chosen.
 * @interface
 */
export type TrainOptions = z.input<typeof schema>;

/** Options that have been checked: a number for all channels has become three. */
export type CheckedOptions = z.output<typeof schema>;

/**
 * What may stay open: a part is set aside, the format recognised, an `.onnx` file keeps its own weights, a loss has
 * not every loss's options, and the rest is not done.
 */
type Open =
  | "val"
  | "test"
  | "format"
  | "groupBy"
  | "nearCopies"
  | "weights"
  | "file"
  | "features"
  | "mean"
  | "std"
  | "interpolation"
  | "cropShare"
  | "fit"
  | "csraLambda"
  | "csraHeads"
  | "headLr"
  | "unfreeze"
  | "clip"
  | "ema"
  | "patience"
  | "progressive"
  | "randAugment"
  | "mixup"
  | "cutmix"
  | "views"
  | "cacheLimit"
  | OwnOptionName
  | "positiveWeights"
  | "labelWeights";

/** Every option settled: what a run is, and what `config.json` holds. Paths are absolute. */
export type Settings = Readonly<Required<Omit<CheckedOptions, "resume" | Open>>> &
  Readonly<Pick<CheckedOptions, Open>>;

/** Checks the options' types and ranges; throws a UserError with every problem at once. */
export function checkOptions(options: TrainOptions): CheckedOptions {
  const result = schema.safeParse(options, { error: wanted });
  const problems = problemsIn(result.error);
  // A run that goes on is held against the options that it was begun with.
  const loss = options.loss ?? (options.resume ? undefined : "bce");
  if (loss !== undefined && lossNames.includes(loss)) problems.push(...misplacedLossOptions(options, loss));
  const head = options.head ?? (options.resume ? "csra" : undefined);
  for (const name of ["csraLambda", "csraHeads"] as const) {
    if (options[name] !== undefined && head !== "csra") {
      problems.push(
        `${name}: it belongs to --head csra, and ${head === undefined ? "no head is named" : `the head is ${head}`}. ` +
          "Leave it out, or choose that head.",
      );
    }
  }
  if (options.nearCopies !== undefined && options.val !== undefined) {
    problems.push(
      "nearCopies: it belongs to the pictures that train sets aside itself, and val names others. Leave it out; " +
        "multihot check DATA --val DATA tells what looks alike in both.",
    );
  }
  if (result.data !== undefined && problems.length === 0) return result.data;
  throw new UserError("The options of this training run cannot be used:", problems.sort());
}

/** Whether a backbone or weights are a file, not a name of ours. */
export const isFile = (name: string) => /[\\/.]/.test(name) && !isOnHub(name);

/** Whether a backbone is a repository of the hub, which has weights of its own as a file has. */
export const isOnHub = (name: string) => name.startsWith("hf:");

/** The same options with every path absolute. */
export function withAbsolutePaths(options: CheckedOptions): CheckedOptions {
  const { data, val, test, out, backbone, weights } = options;
  const file = (name: string | undefined) => (name !== undefined && isFile(name) ? resolve(name) : name);
  return {
    ...options,
    data: resolve(data),
    val: val === undefined ? undefined : resolve(val),
    test: test === undefined ? undefined : resolve(test),
    out: resolve(out),
    backbone: file(backbone),
    weights: file(weights),
  };
}
