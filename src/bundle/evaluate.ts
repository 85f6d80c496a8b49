// evaluate: how good a bundle is on labelled images.
import { join } from "node:path";
import { readDataset } from "../data/dataset/read.js";
import { type Unknown, withUnknown } from "../data/dataset/unknown-targets.js";
import { Loader, type Skipped } from "../data/loader/loader.js";
import type { Evaluation } from "./manifest.js";
import { measure } from "./measure.js";
import type { PredictorOptions } from "./options.js";
import { loadBundle } from "./predictor.js";
import { SEEN, type SeenCounts, SeenImages } from "./seen-images.js";

/** How `evaluate` reads its data and runs the bundle. */
export interface EvaluateOptions extends PredictorOptions {
  /** The data's format; default: recognised. */
  format?: string;
  /** The column (or key) that names a image's group, and so is no label. */
  groupBy?: string;
  /** The folder that the paths in a labels file start from; default: the file's own, or what the file says. */
  images?: string;
  /** `ignore`, the default: an unknown label counts in no measure; `negative`: it is taken to be absent. */
  unknown?: Unknown;
  /** Told how many images are done, of how many. */
  onProgress?: (done: number, total: number) => void;
  /** Told of each image that cannot be read; it counts in nothing. */
  onSkipped?: (skipped: Skipped) => void;
  /** Told before anything is computed if the bundle was trained or tuned on some of these images. */
  onSeen?: (seen: SeenCounts, images: number) => void;
}

/** What `evaluate --json` prints. */
export interface DataEvaluation extends Evaluation {
  /**
   * How many of the images the bundle was trained on, and how many of the others it was validated and tuned on; null if the
   * bundle does not tell what it has seen.
   */
  seen: SeenCounts | null;
}

/**
 * Measures a bundle on a labels file (or folder), whose labels must be among the bundle's.
 * @throws UserError for a bundle or data that cannot be used, or more than 5 % of images that cannot be read
 */
export async function evaluate(
  dir: string,
  data: string,
  {
    format,
    groupBy,
    images: folder,
    unknown = "ignore",
    onProgress,
    onSkipped,
    onSeen,
    ...options
  }: EvaluateOptions = {},
): Promise<DataEvaluation> {
  const predictor = await loadBundle(dir, options);
  try {
    const { labels, thresholds, transform } = predictor;
    const { loss } = predictor.bundle.manifest;
    const dataset = await readDataset(data, { format, groupBy, labels, images: folder });
    const known = withUnknown(dataset.targets, unknown);
    const total = dataset.pictures.length;
    const bundleKnows = await SeenImages.read(join(predictor.bundle.folder, SEEN));
    const seen = (await bundleKnows?.among(dataset.pictures.map(({ path }) => path))) ?? null;
    if (seen && seen.training + seen.validation > 0) onSeen?.(seen, total);
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
    return { ...measure(found, wanted, { images, labels, thresholds, loss }), seen };
  } finally {
    await predictor.close();
  }
}
