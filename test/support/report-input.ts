// A run to report, drawn: labels of any names, pictures, and scores that are right more often than not.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { random } from "../../src/base/random.js";
import type { Dataset } from "../../src/data/dataset/dataset.js";
import type { ReportInput } from "../../src/report/input.js";
import { noise } from "./noise.js";

export interface Drawn {
  labels: readonly string[];
  training?: number;
  validation?: number;
  /** How often a label is there; default: a quarter. */
  share?: number;
  /** How often it is not known. */
  unknown?: number;
  /** The side of a picture's file, in pixels. */
  side?: number;
  epochs?: number;
}

/** The validation pictures are files of `folder`; those of training are not there. */
export async function reportInput(
  folder: string,
  { labels, training = 40, validation = 30, share = 0.25, unknown = 0, side = 48, epochs = 3 }: Drawn,
): Promise<ReportInput> {
  const stream = random(1, "report");
  const set = (name: string, pictures: number): Dataset => ({
    source: join(folder, `${name}.csv`),
    labels,
    pictures: Array.from({ length: pictures }, (_, i) => ({
      path: join(folder, `${name}-${i}.jpg`),
      name: `${name}-${i}.jpg`,
      row: i + 2,
    })),
    targets: Float32Array.from({ length: pictures * labels.length }, () =>
      stream.uniform() < unknown ? -1 : Number(stream.uniform() < share),
    ),
  });
  const sets = { training: set("training", training), validation: set("validation", validation) };
  // Noise compresses worst of all: what is bounded for it is bounded.
  const { data, width, height } = noise(side, side, 1);
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
  for (const { path } of sets.validation.pictures) await writeFile(path, bytes);
  const { targets } = sets.validation;
  return {
    name: "run",
    epochs: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      loss: 1 / (i + 1),
      validationLoss: 1.2 / (i + 1),
      mAP: share > 0 ? 0.5 + 0.1 * i : null,
      imagesPerSecond: 100,
      learningRate: 0.01,
      seconds: 61,
    })),
    bestEpoch: epochs,
    ended: true,
    settings: {
      data: sets.training.source,
      epochs,
      backbone: "resnet18",
      freeze: "none",
      size: 64,
      headLr: 0.5,
    },
    engine: "drawn",
    choices: ["--lr 0.01: since it is < 1"],
    ...sets,
    heldOut: false,
    loss: { name: "bce" },
    scores: {
      images: validation,
      pictures: Uint32Array.from({ length: validation }, (_, i) => i),
      logits: targets.map((target) => 1.5 * stream.normal() + (target > 0 ? 1 : -1)),
      targets,
    },
    tuning: {
      thresholds: labels.map(() => 0.5),
      thresholdFor: "none",
      calibration: null,
      crossValidation: { calibrationError: null },
      notes: [],
    },
  };
}
