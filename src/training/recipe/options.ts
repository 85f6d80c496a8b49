// TrainOptions: what a training run may be told. Defaults are chosen in rows.ts.
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

const THRESHOLD_FOR = "must be f1, micro-f1, precision=P, recall=R or none, P and R above 0 and at most 1";

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
    error: "must be a number, or three for R, G and B (std: above 0)",
  });

const schema = z.strictObject({
  /** The labels file (or folder) to learn from. */
  data: path,
  /**
   * The labels file (or folder) to validate on. Default: a fifth of the images of `data`, in which each label keeps its
   * share.
   */
  val: path.optional(),
  /**
   * The labels file (or folder) to measure the finished bundle on, once. Its images should be in neither of the other sets.
   * Default: none.
   */
  test: path.optional(),
  /** The run's folder. It must not exist yet, or be empty, save with `resume`. */
  out: z
    .string({
      error: ({ input }) =>
        input === undefined ? "name a new folder for the run, such as --out run" : undefined,
    })
    .min(1),
  /** The folder that the paths in a labels file start from. Default: the file's own folder, or what the file says. */
  images: path.optional(),
  /** The format of `data` and `val`: csv, coco, voc, … Default: recognised. */
  format: z.string().min(1).optional(),
  /**
   * The column (or key) whose value names an image's group. It is no label, and no group is on both sides of a split.
   * Default: none.
   */
  groupBy: z.string().min(1).optional(),
  /**
   * Whether images that look alike, such as one photograph encoded twice, stay on one side where a part is set aside to
   * validate on: `together` (default; decodes every image once more), or `ignore`. Not with `val`.
   */
  nearCopies: z.enum(["together", "ignore"]).optional(),
  /** `ignore` (default): an unknown label counts in no loss and no measure; `negative`: it counts as absent. */
  unknown: z.enum(["ignore", "negative"]).optional(),
  /**
   * resnet18, 34, 50, 101, 152, resnet10-small, an `.onnx` file, or `hf:OWNER/NAME[@REVISION]`. Default: resnet50.
   */
  backbone: z.string().min(1).optional(),
  /** The ONNX file of a repository of the hub. Default: `onnx/model.onnx`. */
  file: z.string().min(1).optional(),
  /**
   * Which value of a file that stays frozen holds the features: `NAME`, or of tokens `NAME:cls` (the class token) or
   * `NAME:mean` (of the patches). Default: found, and told.
   */
  features: z.string().min(1).optional(),
  /**
   * What is taken from pixels on the scale 0 to 1, one number or R, G, B: the network's input is (x / 255 − mean) / std.
   * Default: what the weights were trained with, as for all of these.
   */
  mean: channels(z.number()).optional(),
  /** What pixels are then divided by, above 0, one number or R, G, B. For pixels from 0 to 255: mean 0 and std 1/255. */
  std: channels(z.number().positive()).optional(),
  /** The filter that images are resized with. Default: the weights'. */
  interpolation: z.enum(interpolations).optional(),
  /** The part of the resized image's side that the crop keeps, above 0 and at most 1. Default: the weights'. */
  cropShare: z.number().gt(0).max(1).optional(),
  /**
   * `crop`: images keep their shape, and what is too long is cut away; `squash`: they are scaled to squares. Default: the
   * weights'.
   */
  fit: z.enum(["crop", "squash"]).optional(),
  /**
   * `imagenet`, `none` (drawn from the seed), or a file (`.pth`, `.th`, `.safetensors`). Default: imagenet where they are
   * published, the file's own for an `.onnx` backbone.
   */
  weights: z.string().min(1).optional(),
  /**
   * What makes logits of the features: `average` and `max` pool over places and have one linear layer, `average-max`
   * has both, `mlp` has two layers, `csra` attends for each label to where it is seen. Default: mlp behind pretrained
   * layers, else average.
   */
  head: z.enum(headNames).optional(),
  /** λ of csra, 0 or more: the weight of the best places beside the average. Default: 0.1. */
  csraLambda: z.number().min(0).optional(),
  /** Attentions of csra, each sharper than the one before: 1 (default), 2, 4, 6 or 8. */
  csraHeads: z.literal(csraHeads).optional(),
  /**
   * `none`, `backbone`, or a module such as `layer3`: everything up to and including it stays as it is. Default: by the
   * number of images.
   */
  freeze: z.string().min(1).optional(),
  /**
   * Whether the BatchNormalizations that learn use the statistics of the batch (`batch`) or their running ones
   * (`frozen`). Default: by `batchSize`.
   */
  batchnorm: z.enum(["batch", "frozen"]).optional(),
  /** Passes over the training images, 0 or more; 0 writes the bundle of the network as initialised. Default: chosen. */
  epochs: z.int().min(0).optional(),
  /** Images in a batch, 1 or more. Default: chosen by the number of images. */
  batchSize: natural.optional(),
  /** The same as `batchSize`, as the command calls it. */
  batch: natural.optional(),
  /** The side of the network's input in pixels, 16 or more. Default: what the weights were trained with. */
  size: z.int().min(16).optional(),
  /**
   * The side of the first epochs' images in pixels, 16 or more and below `size`, to which it grows in up to four steps.
   * Default: all epochs have `size`.
   */
  progressive: z.int().min(16).optional(),
  /** The learning rate, above 0: the greatest of the schedule. Default: chosen. */
  lr: z.number().positive().optional(),
  /** The learning rate of the classifier's layers, above 0. Default: `lr`, or 10 times it where more learns than they. */
  headLr: z.number().positive().optional(),
  /**
   * The classifier's first weights (of the head mlp: its second layer's) as a part of Kaiming's, above 0 and at most 1,
   * which suit features of size 1. Default: chosen by the size of the features.
   */
  headInit: z.number().positive().max(1).optional(),
  /**
   * Each stage below the head learns at this many times the rate of the one above it, above 0 and at most 1. Default: 1.
   */
  layerDecay: z.number().positive().max(1).optional(),
  /** Epochs, 1 or more, until the next stage from the top learns too; the head begins alone. Default: all learn at once. */
  unfreeze: natural.optional(),
  /** `adamw` (default) or `sgd`. */
  optimizer: z.enum(["sgd", "adamw"]).optional(),
  /** Momentum of sgd, from 0 to below 1. Default: 0.9. */
  momentum: z.number().min(0).lt(1).optional(),
  /**
   * Weight decay, 0 or more, of matrices and kernels: not of biases, normalisations, position embeddings and class tokens.
   * Default: chosen.
   */
  weightDecay: z.number().min(0).optional(),
  /** How the learning rate goes: `onecycle` (default), `cosine` or `constant`. */
  schedule: z.enum(["onecycle", "cosine", "constant"]).optional(),
  /**
   * Epochs (0 or more, also a part of one) over which the learning rate rises from near zero. Default: 30 % of the run for
   * onecycle, else up to one.
   */
  warmup: z.number().min(0).optional(),
  /** Batches, 1 or more, whose gradients make one step of the optimizer. Default: 1. */
  accumulate: natural.optional(),
  /** The greatest norm of the gradient of all weights together, above 0. Default: any. */
  clip: z.number().positive().optional(),
  /**
   * The decay, between 0 and 1, of a moving average of the weights, which is then validated and kept. Default: no average.
   */
  ema: z.number().gt(0).lt(1).optional(),
  /** Epochs, 1 or more, without a better one after which the run ends. Default: it goes on to its last epoch. */
  patience: natural.optional(),
  ...lossShape,
  /**
   * What thresholds are chosen for: each label's F1 (`f1`, default), `precision=P` or `recall=R` (above 0, at most 1), the
   * F1 of all decisions together (`micro-f1`: one threshold for all labels), or `none`: 0.5.
   */
  thresholdFor: z.custom<ThresholdFor>(isThresholdFor, { error: THRESHOLD_FOR }).optional(),
  /** How probabilities are calibrated on the validation images: `platt` (default), `temperature` or `none`. */
  calibrate: z.enum(["none", "temperature", "platt"]).optional(),
  /** A whole number, 0 or more, from which all randomness comes. Default: 1. */
  seed: z.int().min(0).optional(),
  /** `ort` (ONNX Runtime), `onednn`, `webgpu` (a graphics device), or `auto` (default). */
  engine: z.enum(engineNames).optional(),
  /**
   * `fp32`, `bf16`, or `auto` (default): bf16 where the engine has it, computes it rightly and is measured faster in it.
   */
  precision: z.enum(["auto", "fp32", "bf16"]).optional(),
  /** Threads of the engine, 1 or more. Default: one for each core. May differ when a run continues. */
  threads: natural.optional(),
  /** Threads that decode images, 1 or more. Default: one for each core. May differ when a run continues. */
  workers: natural.optional(),
  /**
   * Random crops and mirroring: `standard`: a part of the image, from a twelfth to all of it, mirrored half of the time
   * (torchvision's RandomResizedCrop); `light`: at least 0.6 of it, which seldom cuts a tagged thing away; `none`: its
   * middle. Default: chosen.
   */
  augment: z.enum(["none", "light", "standard"]).optional(),
  /**
   * RandAugment, `N,M`: N operations on colour or geometry for each image, after its crop, of strength M from 0 to 30.
   * Default: none.
   */
  randAugment: z
    .custom<`${number},${number}`>((value) => randAugmentOf(value) !== undefined, {
      error: "must be N,M: N operations, 1 or more, of a strength M from 0 to 30, such as 2,9",
    })
    .optional(),
  /**
   * `shuffle` (default): each image once an epoch; `class-aware`: as many draws, in which every label has its turn
   * equally often, so that images with rare labels come more often.
   */
  sampling: z.enum(["shuffle", "class-aware"]).optional(),
  /** α, above 0: images and targets of a batch are blended by a share from Beta(α, α). Default: none are. */
  mixup: z.number().positive().optional(),
  /**
   * α, above 0: a rectangle of another image, its share from Beta(α, α), is put into each; with `mixup`, in turns by chance.
   * Default: none is.
   */
  cutmix: z.number().positive().optional(),
  /**
   * Augmented versions of each image, 1 or more, which are made once and taken in turn, epoch after epoch, so that the
   * frozen part runs once for each. Default: each epoch has new ones.
   */
  views: natural.optional(),
  /**
   * Memory in GiB, 0 or more, for what the frozen part gives and for decoded small images; the rest is read from the run's
   * folder, or decoded again. Default: half of what is free.
   */
  cacheLimit: z.number().min(0).optional(),
  /** Minutes between checkpoints within an epoch, above 0: what a crash costs at most. Default: 5. */
  saveEvery: z.number().positive().optional(),
  /** Continue the run in `out` where it stopped. Other options may then be left out, and must not differ. Default: false. */
  resume: z.boolean().optional(),
});

/** Options that have another name now. */
const renamed: Readonly<Record<string, keyof TrainOptions>> = { lrDecay: "layerDecay" };

/**
 * Options of `train`, those of the command in camelCase. What is left out is chosen.
 * @interface
 */
export type TrainOptions = z.input<typeof schema>;

/** Options that have been checked: a number for all channels has become three, and `batchSize` is `batch`. */
export type CheckedOptions = Omit<z.output<typeof schema>, "batchSize">;

/**
 * What may stay open: a part is set aside, the format recognised, an `.onnx` file keeps its own weights, a loss has
 * not every loss's options, and the rest is not done.
 */
type Open =
  | "val"
  | "test"
  | "format"
  | "groupBy"
  | "images"
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
export function checkOptions(given: TrainOptions): CheckedOptions {
  const current = Object.entries(given).filter(([name]) => !Object.hasOwn(renamed, name));
  const { batchSize, ...options } = Object.fromEntries(current) as TrainOptions;
  const result = schema.safeParse({ ...options, batchSize }, { error: wanted });
  const problems = problemsIn(result.error);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(renamed, name)) problems.push(`${name}: its name is ${renamed[name]} now`);
  }
  if (options.batch !== undefined && batchSize !== undefined && options.batch !== batchSize) {
    problems.push(
      `batchSize: ${batchSize}, and batch is ${options.batch}; they are one option. Leave one out.`,
    );
  }
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
  if (result.data !== undefined && problems.length === 0) {
    const { batchSize: size, ...checked } = result.data;
    return size === undefined ? checked : { ...checked, batch: size };
  }
  throw new UserError("The options of this training run cannot be used:", problems.sort(), {
    code: "OPTIONS",
  });
}

/** Whether a backbone or weights are a file, not a name of ours. */
export const isFile = (name: string) => /[\\/.]/.test(name) && !isOnHub(name);

/** Whether a backbone is a repository of the hub, which has weights of its own as a file has. */
export const isOnHub = (name: string) => name.startsWith("hf:");

/** The same options with every path absolute. */
export function withAbsolutePaths(options: CheckedOptions): CheckedOptions {
  const { data, val, test, images, out, backbone, weights } = options;
  const file = (name: string | undefined) => (name !== undefined && isFile(name) ? resolve(name) : name);
  return {
    ...options,
    data: resolve(data),
    images: images === undefined ? undefined : resolve(images),
    val: val === undefined ? undefined : resolve(val),
    test: test === undefined ? undefined : resolve(test),
    out: resolve(out),
    backbone: file(backbone),
    weights: file(weights),
  };
}
