// The size of a backbone's features, which says how large a classifier's steps may be.
import type { Dataset } from "../../data/dataset/dataset.js";
import { PictureError } from "../../data/decode/decode.js";
import { centerTransform } from "../../data/transform/crop-plan.js";
import { preparePicture } from "../../data/transform/prepare-image.js";
import type { Engine } from "../../engines/engine.js";
import { sizeOf, type Tensor, tensor } from "../../graph/tensor.js";
import { trainableWeights } from "../../models/freeze.js";
import type { Network } from "../../models/network.js";
import { planTrunk } from "./trunk.js";

/** How many pictures are looked at. */
const PICTURES = 16;

/** The root of the mean square of the features of a set's first pictures; undefined where there are none. */
export async function featureScale(
  set: Dataset,
  network: Network,
  engine: Engine,
): Promise<number | undefined> {
  const plan = planTrunk(network.graph, trainableWeights(network, "backbone"));
  const images = await firstPictures(set, network);
  if (plan === undefined || images.length === 0) return undefined;
  const { size } = network;
  const program = await engine.compile(plan.trunk);
  try {
    const image = tensor("uint8", [images.length, size, size, 3], Uint8Array.from(Buffer.concat(images)));
    const [features] = Object.values(await program.run({ image })).map(pooled);
    const scale = Math.sqrt(features.reduce((sum, x) => sum + x * x, 0) / features.length);
    return Number.isFinite(scale) && scale > 0 ? scale : undefined;
  } finally {
    await program.close();
  }
}

async function firstPictures(set: Dataset, { preprocess }: Network): Promise<Uint8Array[]> {
  const images: Uint8Array[] = [];
  for (const { path } of set.pictures) {
    if (images.length === PICTURES) break;
    try {
      images.push(await preparePicture(path, centerTransform(preprocess)));
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
    }
  }
  return images;
}

/** What a head takes, averaged over places where it takes each: [N, C, …] as [N, C]. */
function pooled({ shape, data }: Tensor): Float32Array {
  const places = sizeOf(shape.slice(2));
  const sums = new Float32Array(data.length / places);
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / places)] += Number(data[i]) / places;
  return sums;
}
