// evaluate: how good a bundle is on labelled pictures.

import { readDataset } from "../data/dataset/read.js";
import { type Unknown, withUnknown } from "../data/dataset/unknown-targets.js";
import { Loader, type Skipped } from "../data/loader/loader.js";
import type { Evaluation } from "./manifest.js";
import { measure } from "./measure.js";
import type { PredictorOptions } from "./options.js";
import { loadBundle } from "./predictor.js";

/** How `evaluate` reads its data and runs the bundle. */
export interface EvaluateOptions extends PredictorOptions {
  /** The data's format; default: recognised. */
  format?: string;
  /** The column (or key) that names a picture's group, and so is no label. */
  groupBy?: string;
  /** `ignore`, the default: an unknown label counts in no measure; `negative`: it is taken to be absent. */
  unknown?: Unknown;
  /** Told how many pictures are done, of how many. */
  onProgress?: (done: number, total: number) => void;
  /** Told of each picture that cannot be read; it counts in nothing. */
  onSkipped?: (skipped: Skipped) => void;
}

/**
 * Measures a bundle on a labels file (or folder), whose labels must be among the bundle's.
 * @throws UserError for a bundle or data that cannot be used, or more than 5 % of pictures that cannot be read
 */
export async function evaluate(
  dir: string,
  data: string,
  { format, groupBy, unknown = "ignore", onProgress, onSkipped, ...options }: EvaluateOptions = {},
): Promise<Evaluation> {
  const predictor = await loadBundle(dir, options);
  try {
    const { labels, thresholds, transform } = predictor;
    const { loss } = predictor.bundle.manifest;
    const dataset = await readDataset(data, { format, groupBy, labels });
    const known = withUnknown(dataset.targets, unknown);
    const total = dataset.pictures.length;
    onProgress?.(0, total);
    const logits = new Float32Array(total * labels.length);
    const targets = new Float32Array(total * labels.length);
    const loader = new Loader(dataset.pictures, {
      batch: predictor.batch,
      transform,
      seed: 0,
      shuffle: false,
    });
    let images = 0;
    let told = 0;
    try {
      for await (const batch of loader.epoch(1)) {
        logits.set(await predictor.logits(batch.images), images * labels.length);
        for (const picture of batch.pictures) {
          const row = known.subarray(picture * labels.length, (picture + 1) * labels.length);
          targets.set(row, images++ * labels.length);
        }
        for (; told < loader.skipped.length; told++) onSkipped?.(loader.skipped[told]);
        onProgress?.(images + told, total);
      }
      for (; told < loader.skipped.length; told++) onSkipped?.(loader.skipped[told]);
    } finally {
      await loader.close();
    }
    const end = images * labels.length;
    const [found, wanted] = [logits, targets].map((all) => all.subarray(0, end));
    return measure(found, wanted, { images, labels, thresholds, loss });
  } finally {
    await predictor.close();
  }
}
