// compare: what an exported model loses beside the bundle's own, on labelled pictures.
import type { Bundle } from "../bundle/bundle.js";
import { Model } from "../bundle/model.js";
import type { Dataset } from "../data/dataset/dataset.js";
import { Loader } from "../data/loader/loader.js";
import type { Engine } from "../engines/engine.js";
import type { Graph } from "../graph/graph.js";
import { meanAveragePrecision } from "../metrics/index.js";
import type { Quality } from "./format.js";

const BATCH = 16;

/**
 * Runs both models over the pictures.
 * @param onProgress told how many pictures are done, of how many
 */
export async function compare(
  { graph, manifest }: Bundle,
  exported: Graph,
  dataset: Dataset,
  engine: Engine,
  onProgress: (done: number, total: number) => void,
): Promise<Quality> {
  const { labels, preprocess } = manifest;
  const before = await Model.open(graph, preprocess, labels, engine);
  const after = await Model.open(exported, preprocess, labels, engine);
  const total = dataset.pictures.length;
  const scores = {
    before: new Float32Array(total * labels.length),
    after: new Float32Array(total * labels.length),
  };
  const targets = new Float32Array(total * labels.length);
  const options = { batch: BATCH, transform: before.transform, seed: 0, shuffle: false };
  const loader = new Loader(dataset.pictures, options);
  let images = 0;
  let largestDifference = 0;
  try {
    for await (const batch of loader.epoch(1)) {
      const [own, theirs] = [await before.run(batch.images), await after.run(batch.images)];
      scores.before.set(own.probabilities, images * labels.length);
      scores.after.set(theirs.probabilities, images * labels.length);
      for (const [i, p] of own.probabilities.entries()) {
        largestDifference = Math.max(largestDifference, Math.abs(p - theirs.probabilities[i]));
      }
      for (const picture of batch.pictures) {
        const row = dataset.targets.subarray(picture * labels.length, (picture + 1) * labels.length);
        targets.set(row, images++ * labels.length);
      }
      onProgress(images, total);
    }
  } finally {
    await loader.close();
    await before.close();
    await after.close();
  }
  const known = images * labels.length;
  const mAP = (found: Float32Array) =>
    meanAveragePrecision(found.subarray(0, known), targets.subarray(0, known), {
      images,
      labels: labels.length,
    });
  return {
    data: dataset.source,
    images,
    mAP: { before: mAP(scores.before), after: mAP(scores.after) },
    largestDifference,
  };
}
