// What `train` settles for 4,000 pictures and a pretrained ResNet-50 on two cores, or for others.
import { sentenceOf } from "../../src/training/recipe/choice.js";
import type { Facts } from "../../src/training/recipe/facts.js";
import { checkOptions, type Settings, type TrainOptions } from "../../src/training/recipe/options.js";
import { Recipe } from "../../src/training/recipe/settle.js";

const facts: Facts = {
  imageCount: 4000,
  cores: 2,
  pretrained: true,
  nativeSize: 224,
  architecture: "convolutional",
  normalizes: true,
  hasModule: () => true,
  isWholeBackbone: (name) => name === "layer4",
};
const places = {
  unknown: "ignore",
  data: "/d.csv",
  out: "/run",
  backbone: "resnet50",
  weights: "imagenet",
} as const;

export function settled(
  options: Partial<TrainOptions>,
  changed: Partial<Facts> = {},
): { settings: Settings; choices: string[] } {
  const { featureScale, ...others } = changed;
  const recipe = new Recipe(
    checkOptions({ data: "d.csv", out: "run", ...options }),
    { ...facts, ...others },
    places,
  );
  const { settings, choices } = recipe.settle(featureScale);
  return { settings, choices: choices.map(sentenceOf) };
}
