// What `train` settles for 4,000 pictures and a pretrained ResNet-50 on two cores, or for others.
import { type Choice, type Facts, settle } from "../../src/training/recipe/defaults.js";
import { checkOptions, type TrainOptions } from "../../src/training/recipe/options.js";

const facts: Facts = {
  pictures: 4000,
  cores: 2,
  pretrained: true,
  size: 224,
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

export function settled(options: Partial<TrainOptions>, changed: Partial<Facts> = {}): Choice {
  return settle(checkOptions({ data: "d.csv", out: "run", ...options }), { ...facts, ...changed }, places);
}
