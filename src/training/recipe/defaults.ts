// Defaults: what an expert would choose for this data set and network, and the reasons, for people to read.
import { count } from "../../base/count.js";
import { UserError } from "../../base/errors.js";
import { flagOf } from "../../base/flag.js";
import { type OwnOptionName, ownOptions } from "../../losses/index.js";
import type { HeadName } from "../../models/heads/index.js";
import { imagenet } from "../../models/weights/imagenet.js";
import { contradictions } from "./contradictions.js";
import { type CheckedOptions, isFile, isOnHub, type Settings, type TrainOptions } from "./options.js";

/** What the choices depend on. */
export interface Facts {
  /** To learn from. */
  pictures: number;
  /** The machine's cores. */
  cores: number;
  /** Whether the backbone has learned something before. */
  pretrained: boolean;
  /** The side of the pictures that the backbone, or its weights, are meant for. */
  size: number;
  /** The root of the mean square of the features, where it has been measured; default 1. */
  features?: number;
  /** Whether it has BatchNormalizations. */
  normalizes: boolean;
  /** Why the backbone can't be trained, where that is so. */
  untrainable?: string;
  /** Whether the network has a module of that name. */
  hasModule(name: string): boolean;
  /** Whether all of the backbone is frozen with that module. */
  isWholeBackbone(name: string): boolean;
}

export interface Choice {
  settings: Settings;
  /** A sentence for each option that was left out and matters. */
  choices: string[];
  /**
   * Whether they depend on the size of the features, which then has to be measured and told. Who sets rate and decay wants a
   * single layer as it is.
   */
  byFeatures: boolean;
}

/** The places of a run, absolute; `backbone` and `weights` as they were opened. */
export type Places = Pick<
  Settings,
  | "data"
  | "val"
  | "test"
  | "format"
  | "groupBy"
  | "nearCopies"
  | "unknown"
  | "out"
  | "backbone"
  | "weights"
  | "file"
  | "features"
  | "mean"
  | "std"
  | "interpolation"
  | "cropShare"
  | "fit"
>;

const rounded = (value: number) => Number(value.toPrecision(2));

/**
 * Learning rates and weight decays. A classifier alone has them in proportion to its features' size f, as if
 * it learned from features of size 1: Adam moves a weight by the learning rate and with it the logit by f
 * times as much; gradient descent, whose gradient has a factor f too, by f². Measured with PyTorch on 4,000
 * photographs of 18 labels, 30 epochs: Adam with these reaches a mean average precision of 0.49 behind
 * SqueezeNet (f = 3.6) and 0.49 behind the trunk of a ResNet-50 v2 (f = 0.017); with 0.001 and 0.01, usual
 * elsewhere, 0.43 and 0.19.
 *
 * A rate cannot suit two layers so, since what comes to the second one is of another size. The head of two layers
 * brings the features to size 1 itself (see mlpHead), and takes what suits those.
 */
const RATES = {
  adamw: {
    head: (f: number) => ({ lr: rounded(3e-3 / f), weightDecay: rounded(0.3 * f) }),
    layers: () => ({ lr: 1e-3, weightDecay: 0.3 }),
    scratch: () => ({ lr: 2e-3, weightDecay: 0.01 }),
    tuning: () => ({ lr: 3e-4, weightDecay: 0.01 }),
  },
  sgd: {
    head: (f: number) => ({ lr: rounded(0.1 / (f * f)), weightDecay: 1e-4 }),
    layers: () => ({ lr: 0.1, weightDecay: 1e-4 }),
    scratch: () => ({ lr: 0.05, weightDecay: 1e-4 }),
    tuning: () => ({ lr: 0.01, weightDecay: 1e-4 }),
  },
};

/** Below so many pictures the backbone is left as it is. */
const FEW = 1000;
/** From so many on, fewer epochs do. */
const MANY = 50_000;

/** Minutes. */
export const SAVE_EVERY = 5;

/** Settles where things are; what is chosen is told in `choices`. The options' paths are absolute. */
export function choosePlaces(options: CheckedOptions, choices: string[]): Places {
  let { backbone, weights } = options;
  if (backbone === undefined) {
    backbone = "resnet50";
    choices.push("--backbone resnet50: the usual one; good features, and not too slow");
  }
  if (weights === undefined && !isFile(backbone) && !isOnHub(backbone)) {
    weights = Object.hasOwn(imagenet, backbone) ? "imagenet" : "none";
    choices.push(
      weights === "imagenet"
        ? "--weights imagenet: a network that has seen a million pictures needs fewer of yours"
        : `--weights none: none are published for ${backbone}`,
    );
  }
  const { data, val, test, format, groupBy, unknown = "ignore", out } = options;
  const { file, features, mean, std, interpolation, cropShare, fit } = options;
  const nearCopies = val === undefined ? (options.nearCopies ?? "together") : undefined;
  const prepared = { mean, std, interpolation, cropShare, fit };
  return {
    data,
    val,
    test,
    format,
    groupBy,
    nearCopies,
    unknown,
    out,
    backbone,
    weights,
    file,
    features,
    ...prepared,
  };
}

/** Settles every option. @throws UserError with all that do not go together */
export function settle(options: CheckedOptions, facts: Facts, places: Places): Choice {
  const { pictures, pretrained } = facts;
  const told = count(pictures, "picture");
  const choices: string[] = [];
  function choose<K extends keyof TrainOptions>(
    name: K,
    value: NonNullable<TrainOptions[K]>,
    why: string,
  ): NonNullable<TrainOptions[K]> {
    const given = options[name];
    if (given !== undefined) return given;
    choices.push(`${flagOf(name)} ${value}: ${why}`);
    return value;
  }

  const freeze = chooseFreeze();
  const scratch = !pretrained;
  const headOnly = freeze === "backbone" || facts.isWholeBackbone(freeze);
  // Who sets the optimizer has a recipe in mind, and gets what that is meant for.
  const ownRecipe = (["optimizer", "momentum", "weightDecay"] as const).find(
    (name) => options[name] !== undefined,
  );
  // What was measured to be best: docs/measurements/recipes.md.
  const bestRecipe = pretrained && ownRecipe === undefined;
  const head = chooseHead();
  const mixes = options.mixup !== undefined || options.cutmix !== undefined;
  const { views, randAugment } = options;
  const augment =
    headOnly && !mixes && randAugment === undefined && views === undefined
      ? choose(
          "augment",
          "none",
          "the frozen part then runs once a picture, and the epochs cost next to nothing",
        )
      : choose(
          "augment",
          "light",
          headOnly
            ? views === undefined
              ? "pictures that are mixed or changed are new in each epoch anyway"
              : `the frozen part runs once for each of ${count(views, "view")}`
            : "a network that learns its features must not learn the pictures by heart, but small crops would cut " +
                "tagged things away",
        );
  const size =
    scratch && facts.size > 128
      ? choose(
          "size",
          128,
          "nothing that was learned before wants more, and it is three times faster than 224",
        )
      : choose(
          "size",
          facts.size,
          pretrained ? "what the weights were made with" : "what the network is made for",
        );
  const batch = chooseBatch();
  const epochs = headOnly
    ? choose("epochs", 30, "a classifier alone learns in tens of cheap epochs; the best is kept")
    : scratch
      ? choose("epochs", 40, "everything has to be learned")
      : pictures >= MANY
        ? choose("epochs", 5, "the pictures are many, and the weights have learned before")
        : choose("epochs", 10, "the weights have learned before");
  const optimizer = choose("optimizer", "adamw", "needs the least care with the learning rate");
  const part = headOnly ? (head === "mlp" ? "layers" : "head") : scratch ? "scratch" : "tuning";
  const { lr: usualRate, weightDecay: usualDecay } = RATES[optimizer][part](facts.features ?? 1);
  const lr = choose(
    "lr",
    usualRate,
    {
      head: `usual for ${optimizer} and a classifier of features of this size`,
      layers: `usual for ${optimizer} and two layers, which bring features to size 1 first`,
      scratch: `usual for ${optimizer} and random weights`,
      tuning: `small steps for ${optimizer}, so that what the weights know is kept`,
    }[part],
  );
  const weightDecay =
    headOnly && optimizer === "adamw"
      ? choose(
          "weightDecay",
          usualDecay,
          part === "layers"
            ? "as for a single layer of features of size 1"
            : "a single layer of many features ranks new pictures better with small weights",
        )
      : (options.weightDecay ?? usualDecay);
  const headInit = chooseHeadInit();
  const schedule = choose("schedule", "onecycle", "up gently, then down to nothing: the last epochs settle");
  const warmup =
    schedule === "onecycle"
      ? (options.warmup ?? Number((0.3 * epochs).toFixed(6)))
      : choose("warmup", Math.min(1, epochs / 10), "the first gradients of a new classifier are wild");
  const problems = contradictions(options, { freeze, headOnly, augment, size, epochs, optimizer, warmup });
  if (problems.length > 0) throw new UserError("These options do not go together:", problems);
  const noStatistics = headOnly || !facts.normalizes;
  if (noStatistics && options.batchnorm === "batch") {
    choices.push("--batchnorm batch changes nothing: no BatchNormalization is in what learns");
  }
  const batchnorm = noStatistics
    ? (options.batchnorm ?? "frozen")
    : scratch
      ? choose("batchnorm", "batch", "there are no statistics yet that could stay")
      : batch < 16
        ? choose("batchnorm", "frozen", `the statistics of ${count(batch, "picture")} are too rough`)
        : choose("batchnorm", "batch", `batches of ${batch} give good statistics`);
  const settings: Settings = {
    ...places,
    head,
    ...(head === "csra" && {
      csraLambda: choose(
        "csraLambda",
        0.1,
        "some attention beside the average, which still has the most to say",
      ),
      csraHeads: options.csraHeads ?? 1,
    }),
    freeze,
    batchnorm,
    epochs,
    batch,
    size,
    progressive: options.progressive,
    lr,
    headLr: chooseHeadRate(),
    headInit,
    lrDecay: options.lrDecay ?? 1,
    unfreeze: options.unfreeze,
    optimizer,
    momentum: options.momentum ?? 0.9,
    weightDecay,
    schedule,
    warmup,
    accumulate: options.accumulate ?? 1,
    clip: options.clip,
    ema: options.ema,
    patience: options.patience,
    views: options.views,
    cacheLimit: options.cacheLimit,
    ...chooseLoss(),
    thresholdFor: options.thresholdFor ?? "f1",
    calibrate: options.calibrate ?? "platt",
    seed: options.seed ?? 1,
    engine: options.engine ?? "auto",
    precision: options.precision ?? "auto",
    threads: options.threads ?? facts.cores,
    workers: options.workers ?? facts.cores,
    saveEvery: options.saveEvery ?? SAVE_EVERY,
    augment,
    randAugment,
    sampling: options.sampling ?? "shuffle",
    mixup: options.mixup,
    cutmix: options.cutmix,
  };
  const { lr: ownRate, weightDecay: ownDecay } = options;
  const byFeatures =
    epochs > 0 &&
    (headOnly || pretrained) &&
    (head === "mlp" || ownRate === undefined || ownDecay === undefined);
  return { settings, choices, byFeatures };

  function chooseHead(): HeadName {
    if (!pretrained || options.epochs === 0) return options.head ?? "average";
    return ownRecipe === undefined
      ? choose("head", "mlp", "behind pretrained layers two ranked photographs better than one")
      : choose(
          "head",
          "average",
          `${flagOf(ownRecipe)} is of a recipe of your own, and those are meant for one layer and plain answers`,
        );
  }

  function chooseHeadRate(): number | undefined {
    return bestRecipe && !headOnly && head === "mlp"
      ? choose("headLr", rounded(10 * lr), "new layers have more to learn than what is pretrained")
      : options.headLr;
  }

  function chooseHeadInit(): number {
    const { features } = facts;
    if (features === undefined) return options.headInit ?? 1;
    // Logits of a hundredth; of a tenth where what is below waits for gradients, which grow with these weights.
    const logits = headOnly ? 0.01 : 0.1;
    // What comes to the layers of the head mlp is of size 1.
    const part = rounded(Math.min(1, logits / (head === "mlp" ? 1 : features)));
    return choose(
      "headInit",
      part,
      head === "mlp"
        ? "what random weights say would take epochs to fade"
        : "what random weights say of features of this size would take epochs to fade",
    );
  }

  function chooseLoss() {
    const loss = options.loss ?? "bce";
    const { positiveWeights, labelWeights } = options;
    const weighted = positiveWeights !== undefined || labelWeights !== undefined;
    const labelSmoothing =
      bestRecipe && loss === "bce" && !weighted && (head === "average" || head === "mlp")
        ? choose("labelSmoothing", 0.1, "photographs were ranked better by it")
        : (options.labelSmoothing ?? 0);
    const own: Partial<Record<OwnOptionName, number>> = {};
    for (const { name, losses, usual } of ownOptions) {
      if (!losses.includes(loss)) continue;
      const value = usual ? choose(name, usual.value, usual.why) : options[name];
      if (value !== undefined) own[name] = value;
    }
    return { loss, ...own, labelSmoothing, positiveWeights, labelWeights };
  }

  function chooseFreeze(): string {
    if (facts.untrainable !== undefined && options.freeze !== undefined && options.freeze !== "backbone") {
      throw new UserError(
        `--freeze ${options.freeze} would train what can't be trained: ${facts.untrainable}\n` +
          "Leave out --freeze, or give --freeze backbone: then the network is run as it is, and its features are learned from.",
      );
    }
    if (facts.untrainable !== undefined) {
      return choose("freeze", "backbone", "this file can be run, but not trained");
    }
    if (!pretrained) return choose("freeze", "none", "nothing is pretrained, so everything has to learn");
    if (pictures < FEW) {
      return choose(
        "freeze",
        "backbone",
        `${told} ${pictures === 1 ? "is" : "are"} too few to teach the backbone better`,
      );
    }
    return facts.hasModule("layer3")
      ? choose(
          "freeze",
          "layer3",
          "the last stage is what differs most from task to task; the rest costs time",
        )
      : choose("freeze", "none", `${pictures} pictures are enough to teach the backbone better`);
  }

  function chooseBatch(): number {
    if (freeze === "none" && size > 160) {
      return choose("batch", 16, "the activations of a whole network at this size take memory");
    }
    if (pictures >= 320) return choose("batch", 32, "steady gradients, and enough of them");
    // The greatest power of two that makes ten steps.
    const most = 2 ** Math.floor(Math.log2(Math.max(1, pictures / 10)));
    const few = `${told} should make as many steps as possible`;
    return scratch
      ? choose("batch", Math.max(16, most), `${few}, with enough of them for BatchNormalization`)
      : choose("batch", Math.max(4, most), few);
  }
}
