// Manifest: what `multihot.json` says of a bundle, and the check of it.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { interpolations } from "../data/resize/filters.js";
import type { LossSpec } from "../losses/index.js";

// Each schema's error text says what is wanted; what was found is added where the problem is told.
const wanted = (error: string) => ({ error });
const text = z.string(wanted("a text")).min(1, wanted("a text that is not empty"));
const whole = (least: number) =>
  z.int(wanted("a whole number")).min(least, wanted(`a whole number from ${least} up`));
const part = z
  .number(wanted("a number from 0 to 1"))
  .min(0, wanted("a number from 0 to 1"))
  .max(1, wanted("a number from 0 to 1"));
/** null where it is not defined. */
const figure = z.number(wanted("a number or null")).nullable();
const object = <S extends z.core.$ZodShape>(shape: S) => z.object(shape, wanted("an object"));
const list = <T extends z.ZodType>(item: T) => z.array(item, wanted("a list"));
const channels = (value: z.ZodNumber) => z.tuple([value, value, value], wanted("three numbers: R, G, B"));

function isLossSpec(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name, ...options } = value as Record<string, unknown>;
  return (
    typeof name === "string" &&
    Object.values(options).every((option) => [option].flat().every((number) => typeof number === "number"))
  );
}

/** What is measured on a set of pictures: the keys and meanings of `multihot evaluate --json`. */
const evaluation = object({
  images: whole(0),
  /** That which the network was trained with, the mean over known targets. */
  loss: figure,
  /** Plain binary cross-entropy; left out where `loss` is that. */
  bce: figure.optional(),
  mAP: figure,
  /** With 95 % confidence, what sets of as many such images give on average; null where it cannot be estimated. */
  mAPInterval: object({ low: part, high: part }).nullable().optional(),
  microF1: figure,
  macroF1: figure,
  /** As papers on multi-label images name them: C is a mean over labels, O counts all decisions together. */
  CP: figure.optional(),
  CR: figure.optional(),
  CF1: figure.optional(),
  OP: figure.optional(),
  OR: figure.optional(),
  OF1: figure.optional(),
  /** The mean of the images' F1. */
  imageF1: figure.optional(),
  /** N+: the labels that are given rightly to at least one image. */
  labelsFound: whole(0).optional(),
  hammingLoss: figure,
  subsetAccuracy: figure,
  rankingAveragePrecision: figure,
  coverageError: figure,
  rankingLoss: figure,
  labels: list(
    object({
      name: text,
      positives: whole(0),
      averagePrecision: figure,
      threshold: part,
      precision: figure,
      recall: figure,
      f1: figure,
    }),
  ),
});

const manifest = object({
  format: z.literal(1, wanted("1, the format that this version reads (a newer multihot may read others)")),
  labels: list(text).min(1, wanted("at least one label")),
  /** One a label: at or above it, a picture has the label. */
  thresholds: list(part),
  /** What they were chosen for on the validation set; without it they are 0.5. */
  thresholdFor: text.optional(),
  /** What has been done to the logits, so that probabilities are true; it is part of the model. */
  calibration: object({
    method: text,
    /** One a label: its logit is scale · (the trained network's) + shift. */
    scale: list(z.number(wanted("a number above 0")).gt(0, wanted("a number above 0"))),
    shift: list(z.number(wanted("a number"))),
  }).optional(),
  /** What the network was trained with: the name and the options of a loss; without it, bce. */
  loss: z
    .custom<LossSpec>(isLossSpec, wanted("a loss: its name, and numbers or lists of numbers"))
    .optional(),
  preprocess: object({
    resize: whole(1),
    crop: whole(1),
    interpolation: z.enum(interpolations, wanted(`one of ${interpolations.join(", ")}`)),
    /** Left out: crop. */
    fit: z.enum(["crop", "squash"], wanted("crop or squash")).optional(),
    mean: channels(z.number(wanted("a number"))),
    std: channels(z.number(wanted("a number above 0")).gt(0, wanted("a number above 0"))),
  }),
  backbone: text,
  /** Of the validation set. */
  metrics: evaluation,
  /** When the bundle was written (ISO 8601). */
  created: z.iso.datetime({ offset: true, error: "a time such as 2025-01-31T12:00:00Z" }),
  selfCheck: object({
    /** A file of the bundle. */
    image: z
      .string(wanted("a file's name"))
      .regex(/^(?!\.)[^/\\]+$/, wanted("the name of a file in the bundle, without a folder")),
    /** What the bundle gave for it where it was written, one a label. */
    probabilities: list(part),
  }),
  /** Of `model.onnx`, where it was exported for the web: browsers keep it by its hash. */
  model: object({
    bytes: whole(1),
    sha256: z
      .string(wanted("64 hexadecimal digits"))
      .regex(/^[0-9a-f]{64}$/, wanted("64 hexadecimal digits")),
  }).optional(),
});

/**
 * The measures of a data set, as `evaluate --json` prints them; null where a measure is undefined.
 * @interface
 */
export type Evaluation = z.infer<typeof evaluation>;

/** Of no picture: for bundles that nobody has measured. */
export const unmeasured: Evaluation = {
  images: 0,
  loss: null,
  mAP: null,
  microF1: null,
  macroF1: null,
  hammingLoss: null,
  subsetAccuracy: null,
  rankingAveragePrecision: null,
  coverageError: null,
  rankingLoss: null,
  labels: [],
};
/**
 * `multihot.json`: what a bundle's model needs to be used.
 * @interface
 */
export type Manifest = z.infer<typeof manifest>;

/** Reads the text of a manifest; throws a UserError with every problem at once. */
export function parseManifest(json: string, source: string): Manifest {
  let found: unknown;
  try {
    found = JSON.parse(json);
  } catch (error) {
    throw new UserError(`${source} is not JSON: ${(error as Error).message}.`);
  }
  const result = manifest.safeParse(found);
  const problems = [
    ...(result.success ? [] : result.error.issues.map((issue) => problemOf(found, issue))),
    ...disagreements(found),
  ];
  if (!result.success || problems.length > 0) {
    throw new UserError(`${source} does not describe a bundle:`, problems.sort());
  }
  return result.data;
}

function problemOf(manifest: unknown, { path, message }: z.core.$ZodIssue): string {
  let value = manifest;
  let name = "";
  for (const key of path) {
    value = (value as Record<PropertyKey, unknown>)[key];
    name += typeof key === "number" ? `[${key}]` : `${name && "."}${String(key)}`;
  }
  const found = value === undefined ? "nothing" : shortened(JSON.stringify(value));
  return `${name || "the whole"}: found ${found}, wanted ${message}`;
}

function shortened(json: string): string {
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}

/** Lists that must be as long as `labels`, and labels that must differ, as far as they are lists at all. */
function disagreements(found: unknown): string[] {
  const { labels, thresholds, selfCheck, calibration } = (found ?? {}) as Record<string, unknown>;
  if (!Array.isArray(labels)) return [];
  const probabilities = (selfCheck as Record<string, unknown> | undefined)?.probabilities;
  const { scale, shift } = (calibration ?? {}) as Record<string, unknown>;
  const lists = {
    thresholds,
    "calibration.scale": scale,
    "calibration.shift": shift,
    "selfCheck.probabilities": probabilities,
  };
  const problems = Object.entries(lists).flatMap(([name, values]) =>
    Array.isArray(values) && values.length !== labels.length
      ? [`${name}: found ${values.length} values, wanted one for each of the ${labels.length} labels`]
      : [],
  );
  const timesOf = new Map<unknown, number>();
  for (const label of labels) timesOf.set(label, (timesOf.get(label) ?? 0) + 1);
  for (const [label, times] of timesOf) {
    if (times > 1) problems.push(`labels: found ${JSON.stringify(label)} ${times} times, wanted it once`);
  }
  return problems;
}
