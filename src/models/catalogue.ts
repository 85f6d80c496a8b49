// The catalogue: every network that has a name, for people who choose one.

import type { Graph } from "../graph/graph.js";
import { namedNetworks, type Source } from "./families/index.js";
import { atSize, imagenetPreprocess } from "./preprocess.js";
import { resnet, resnets } from "./resnet.js";
import { imagenet } from "./weights/imagenet.js";

export interface CatalogueEntry {
  readonly name: string;
  readonly title: string;
  /** Of the pretrained weights; undefined where there are none. */
  readonly licence: string | undefined;
  /** Where those come from. */
  readonly weights: string | undefined;
  /** The side of the images, in pixels. */
  readonly size: number;
  /** mAP on the photographs of docs/measurements, its weights frozen and a head of two layers; undefined: not measured. */
  readonly mAP: number | undefined;
  /** The graph, with weights of zero. */
  build(): Graph;
}

/** Measured by `train --freeze backbone` on 4,000 photographs of 18 labels, seed 1, validated on 1,000. */
const measured: Readonly<Record<string, number>> = { "vit-tiny": 0.688 };

const resnetTitles = (name: string) => `ResNet-${name.replace(/^resnet/, "")}`;

function sourceOf(source: Source): string {
  return "repository" in source
    ? `hf:${source.repository}`
    : `torchvision ${source.torchvision}-${source.sha256}.pth`;
}

/** All networks by name, the ResNets first. */
export function catalogue(): CatalogueEntry[] {
  const residual = (Object.keys(resnets) as (keyof typeof resnets)[]).map((name): CatalogueEntry => {
    const published = Object.hasOwn(imagenet, name) ? imagenet[name as keyof typeof imagenet] : undefined;
    return {
      name,
      title: published ? resnetTitles(name) : "one block a stage, to learn small images from nothing",
      licence: published && "BSD-3-Clause",
      weights: published && `torchvision ${published.address.split("/").at(-1)}`,
      size: atSize(imagenetPreprocess, resnets[name].size).crop,
      mAP: measured[name],
      build: () => resnet(name).graph,
    };
  });
  const others = [...namedNetworks.values()].map(
    ({ name, title, licence, source, preprocess, build }): CatalogueEntry => ({
      ...{ name, title, licence, weights: sourceOf(source), size: preprocess.crop, mAP: measured[name] },
      build: () => build(preprocess.crop).graph,
    }),
  );
  return [...residual, ...others];
}
