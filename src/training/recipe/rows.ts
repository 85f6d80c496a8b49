// The recipe: what an expert would choose where an option is left out, and why. Of an option's rows the first that holds
// decides; rows may ask for options that stand above them. What was measured: docs/measurements/recipes.md.
import { count } from "../../base/count.js";
import { flagOf } from "../../base/flag.js";
import { ownOptions } from "../../losses/index.js";
import type { Known } from "./facts.js";
import type { Settings } from "./options.js";
import { type Note, type OptionRows, option } from "./row.js";

/** With fewer images the backbone is left as it is. */
const FEW = 1000;
/** With as many or more, fewer epochs do. */
const MANY = 50_000;

const rounded = (value: number) => Number(value.toPrecision(2));

/** The greatest power of two that makes ten steps of an epoch, in images. */
const tenSteps = (imageCount: number) => 2 ** Math.floor(Math.log2(Math.max(1, imageCount / 10)));

/** Of the losses' own options: the losses say what is usual, and why. */
const lossRows = ownOptions.map(({ name, losses, usual }) =>
  option(
    name,
    ...(usual
      ? [{ when: ({ loss }: Known) => losses.includes(loss), value: usual.value, why: usual.why }]
      : []),
  ),
);

/** What can be settled before the network has computed anything. */
export const beforeFeatures: readonly OptionRows[] = [
  option(
    "freeze",
    {
      when: ({ untrainable }) => untrainable !== undefined,
      value: "backbone",
      why: "this file can be run, but not trained",
    },
    {
      when: ({ pretrained }) => !pretrained,
      value: "none",
      why: "the weights are random, so everything has to learn",
    },
    {
      when: ({ imageCount }) => imageCount < FEW,
      value: "backbone",
      why: ({ imageCount }) =>
        `${count(imageCount, "image")} ${imageCount === 1 ? "is" : "are"} too few to improve the backbone`,
    },
    {
      when: ({ hasModule }) => hasModule("layer3"),
      value: "layer3",
      why: "the last stage is the most task-specific, and training more takes longer",
    },
    {
      when: ({ hasModule }) => hasModule("stages.3"),
      value: "stages.2",
      why: "the last stage is the most task-specific, and training more takes longer",
    },
    {
      value: "none",
      why: ({ imageCount }) => `${imageCount} images are enough to fine-tune the backbone`,
    },
  ),
  option(
    "head",
    { when: ({ pretrained, given }) => !pretrained || given.epochs === 0, value: "average" },
    {
      when: ({ ownRecipe }) => ownRecipe !== undefined,
      value: "average",
      why: ({ ownRecipe }) =>
        `you set ${flagOf(ownRecipe ?? "")}, and most recipes expect a linear head and plain targets`,
    },
    { value: "mlp", why: "two layers raised mAP in our benchmarks" },
  ),
  option("csraLambda", {
    when: ({ head }) => head === "csra",
    value: 0.1,
    why: "adds some attention to the average, which still dominates",
  }),
  option("csraHeads", { when: ({ head }) => head === "csra", value: 1 }),
  option(
    "augment",
    {
      when: ({ headOnly, drawsAnew }) => headOnly && !drawsAnew,
      value: "none",
      why: "the frozen part runs only once per image, so epochs are nearly free",
    },
    {
      when: ({ headOnly, given }) => headOnly && given.views !== undefined,
      value: "light",
      why: ({ given }) => `the frozen part runs once for each of ${count(given.views ?? 0, "view")}`,
    },
    {
      when: ({ headOnly }) => headOnly,
      value: "light",
      why: "mixed or changed images are new in every epoch anyway",
    },
    {
      value: "light",
      why: "keeps the network from memorizing the images; stronger crops could cut tagged objects away",
    },
  ),
  option(
    "size",
    {
      when: ({ pretrained, nativeSize }) => !pretrained && nativeSize > 128,
      value: 128,
      why: "random weights need no more, and it is three times faster than 224",
    },
    {
      value: ({ nativeSize }) => nativeSize,
      why: ({ pretrained }) =>
        pretrained ? "the size the weights were trained at" : "the network's usual size",
    },
  ),
  option(
    "batch",
    {
      when: ({ freeze, size }) => freeze === "none" && size > 160,
      value: 16,
      why: "training the whole network at this size takes a lot of memory",
    },
    { when: ({ imageCount }) => imageCount >= 320, value: 32, why: "steady gradients, and enough steps" },
    {
      when: ({ pretrained }) => !pretrained,
      value: ({ imageCount }) => Math.max(16, tenSteps(imageCount)),
      why: ({ imageCount }) =>
        `${count(imageCount, "image")} should give as many steps as possible, with batches large enough for BatchNormalization`,
    },
    {
      value: ({ imageCount }) => Math.max(4, tenSteps(imageCount)),
      why: ({ imageCount }) => `${count(imageCount, "image")} should give as many steps as possible`,
    },
  ),
  option(
    "epochs",
    {
      when: ({ headOnly }) => headOnly,
      value: 30,
      why: "a head needs tens of epochs; the best one is kept",
    },
    { when: ({ pretrained }) => !pretrained, value: 40, why: "random weights need long training" },
    {
      when: ({ imageCount }) => imageCount >= MANY,
      value: 5,
      why: "there are many images, and the weights are pretrained",
    },
    { value: 10, why: "the weights are pretrained" },
  ),
  option("optimizer", { value: "adamw", why: "least sensitive to the learning rate" }),
  option("momentum", { value: 0.9 }),
  option("schedule", {
    value: "onecycle",
    why: "rises gently, then falls to zero, so the last epochs settle",
  }),
  option(
    "warmup",
    {
      when: ({ schedule, tunesTransformer, bestRecipe }) =>
        schedule === "onecycle" && tunesTransformer && bestRecipe,
      value: ({ epochs }) => Number((0.1 * epochs).toFixed(6)),
      why: "a tenth of the run is usual for transformers",
    },
    // As in PyTorch's OneCycleLR.
    {
      when: ({ schedule }) => schedule === "onecycle",
      value: ({ epochs }) => Number((0.3 * epochs).toFixed(6)),
    },
    {
      value: ({ epochs }) => Math.min(1, epochs / 10),
      why: "a new head's first gradients are large",
    },
  ),
  option(
    "batchnorm",
    { when: ({ headOnly, normalizes }) => headOnly || !normalizes, value: "frozen" },
    {
      when: ({ pretrained }) => !pretrained,
      value: "batch",
      why: "random weights have no statistics worth keeping",
    },
    {
      when: ({ batch }) => batch < 16,
      value: "frozen",
      why: ({ batch }) => `the statistics of ${count(batch, "image")} are unreliable`,
    },
    { value: "batch", why: ({ batch }) => `batches of ${batch} give reliable statistics` },
  ),
  option("loss", { value: "bce" }),
  ...lossRows,
  option(
    "labelSmoothing",
    {
      when: ({ bestRecipe, loss, head, given }) =>
        bestRecipe &&
        loss === "bce" &&
        given.positiveWeights === undefined &&
        given.labelWeights === undefined &&
        (head === "average" || head === "mlp"),
      value: 0.1,
      why: "raised mAP in our benchmarks",
    },
    { value: 0 },
  ),
  option("layerDecay", { value: 1 }),
  option("accumulate", { value: 1 }),
  option("sampling", { value: "shuffle" }),
  option("thresholdFor", { value: "f1" }),
  option("calibrate", { value: "platt" }),
  option("seed", { value: 1 }),
  option("engine", { value: "auto" }),
  option("precision", { value: "auto" }),
  option("threads", { value: ({ cores }) => cores }),
  option("workers", { value: ({ cores }) => cores }),
  option("saveEvery", { value: 5 }),
  ...(
    [
      ...["progressive", "unfreeze", "clip", "ema", "patience", "views", "cacheLimit"],
      ...["positiveWeights", "labelWeights", "randAugment", "mixup", "cutmix"],
    ] as (keyof Settings)[]
  ).map((name) => option(name)),
];

/** The size of the features, or 1 where it is not known. */
const sizeOf = ({ featureScale = 1 }: Known) => featureScale;

const layersAlone = ({ headOnly, head }: Known) => headOnly && head === "mlp";
const isSgd = ({ optimizer }: Known) => optimizer === "sgd";

/**
 * Learning rates and weight decays, which depend on the size f of the features.
 *
 * A classifier alone has them as if it learned from features of size 1: Adam moves a weight by the learning rate, and
 * with it the logit by f times as much; gradient descent, whose gradient has a factor f too, by f². Measured with PyTorch
 * on 4,000 photographs of 18 labels, 30 epochs: Adam with these reaches a mean average precision of 0.49 behind SqueezeNet
 * (f = 3.6) and 0.49 behind the trunk of a ResNet-50 v2 (f = 0.017); with 0.001 and 0.01, usual elsewhere, 0.43 and 0.19.
 *
 * A rate cannot suit two layers so, since the second one's inputs are of another size. The head of two layers brings the
 * features to size 1 (see mlpHead), and takes what suits those.
 */
export const byFeatures: readonly OptionRows[] = [
  option(
    "lr",
    {
      when: (known) => layersAlone(known),
      value: (known) => (isSgd(known) ? 0.1 : 1e-3),
      why: ({ optimizer }) => `usual for ${optimizer} and a two-layer head, which scales features to size 1`,
    },
    {
      when: ({ headOnly }) => headOnly,
      value: (known) => rounded(isSgd(known) ? 0.1 / sizeOf(known) ** 2 : 3e-3 / sizeOf(known)),
      why: ({ optimizer }) => `usual for ${optimizer} and a linear head on features of this size`,
    },
    {
      when: ({ pretrained }) => !pretrained,
      value: (known) => (isSgd(known) ? 0.05 : 2e-3),
      why: ({ optimizer }) => `usual for ${optimizer} and random weights`,
    },
    {
      when: ({ tunesTransformer, optimizer }) => tunesTransformer && optimizer === "adamw",
      value: 5e-5,
      why: "transformers forget what they know at higher rates",
    },
    {
      value: (known) => (isSgd(known) ? 0.01 : 3e-4),
      why: ({ optimizer }) => `small steps for ${optimizer}, to keep what the weights know`,
    },
  ),
  option(
    "weightDecay",
    { when: isSgd, value: 1e-4 },
    { when: (known) => layersAlone(known), value: 0.3, why: "as for a linear head on features of size 1" },
    {
      when: ({ headOnly }) => headOnly,
      value: (known) => rounded(0.3 * sizeOf(known)),
      why: "small weights help a linear head on many features to generalize",
    },
    { when: ({ tunesTransformer }) => tunesTransformer, value: 0.05, why: "usual for transformers" },
    { value: 0.01 },
  ),
  option(
    "headInit",
    { when: ({ featureScale }) => featureScale === undefined, value: 1 },
    {
      // The layers of the head mlp take features of size 1.
      when: ({ head }) => head === "mlp",
      value: (known) => rounded(Math.min(1, firstLogits(known))),
      why: "larger random logits would take epochs to fade",
    },
    {
      value: (known) => rounded(Math.min(1, firstLogits(known) / sizeOf(known))),
      why: "with features of this size, larger random logits would take epochs to fade",
    },
  ),
  option(
    "headLr",
    {
      when: ({ bestRecipe, tunesTransformer, head }) => bestRecipe && tunesTransformer && head === "mlp",
      value: ({ lr }) => rounded(20 * lr),
      why: "new layers have more to learn than pretrained ones",
    },
    {
      when: ({ bestRecipe, headOnly, head }) => bestRecipe && !headOnly && head === "mlp",
      value: ({ lr }) => rounded(10 * lr),
      why: "new layers have more to learn than pretrained ones",
    },
  ),
];

/** Logits of a hundredth; of a tenth where what is below waits for gradients, which grow with these weights. */
function firstLogits({ headOnly }: Known): number {
  return headOnly ? 0.01 : 0.1;
}

export const notes: readonly Note[] = [
  {
    option: "batchnorm",
    when: ({ given, headOnly, normalizes }) => given.batchnorm === "batch" && (headOnly || !normalizes),
    reason: "--batchnorm batch has no effect: no BatchNormalization layer is trained",
  },
];
