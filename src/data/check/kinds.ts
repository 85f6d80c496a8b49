// Kinds: everything that a check can find, in the order in which a report tells it.

/**
 * "error": training refuses, leaves something out, or learns or measures what is wrong. "warning": it probably
 * does not do what was meant. "note": worth knowing.
 */
export type Severity = "error" | "warning" | "note";

export interface KindOfFinding {
  readonly severity: Severity;
  /** What follows the number, of one and of several. */
  readonly one: string;
  readonly many: string;
  /** What to do. */
  readonly advice: string;
}

/** Positives with which a label is hardly learned. */
export const fewToLearn = 10;
/** Positives in validation with which average precision is a guess: its error is about 0.5 / √positives. */
export const fewToMeasure = 5;
/** Pixels on a side with which little can be seen, and megapixels and megabytes that only cost time. */
export const tinySide = 16;
export const largeMegapixels = 50;
export const largeMegabytes = 50;

const error = (one: string, many: string, advice: string) =>
  ({ severity: "error", one, many, advice }) as const;
const warning = (one: string, many: string, advice: string) =>
  ({ severity: "warning", one, many, advice }) as const;
const note = (one: string, many: string, advice: string) =>
  ({ severity: "note", one, many, advice }) as const;

export const kinds = {
  "nothing-to-learn": error("set teaches nothing", "sets teach nothing", "Name the right file."),
  "bad-row": error(
    "entry in a labels file can't be read",
    "entries in labels files can't be read",
    "Correct them; training refuses the file as it is.",
  ),
  "repeated-row": error(
    "image has several rows",
    "images have several rows",
    "Make one row of them; training refuses the file as it is.",
  ),
  "missing-file": error(
    "row names a file that is not there",
    "rows name files that are not there",
    "Put the files there, correct the paths, or remove the rows.",
  ),
  "empty-file": error("file is empty", "files are empty", "Fetch them again, or remove their rows."),
  "closed-file": error(
    "file may not be read",
    "files may not be read",
    "Give yourself the right to read them.",
  ),
  "foreign-file": error(
    "file is not a readable image",
    "files are not readable images",
    "Convert them to JPEG, PNG, WebP, GIF, TIFF or AVIF, or remove their rows.",
  ),
  "damaged-file": error(
    "image is truncated or damaged",
    "images are truncated or damaged",
    "Fetch them again, or remove their rows.",
  ),
  "too-large": error("image is too large to read", "images are too large to read", "Scale them down."),
  leak: error(
    "image is in training and validation",
    "images are in training and validation",
    "Remove it from one of them: a memorized image measures nothing.",
  ),
  "group-leak": error(
    "group is in training and validation",
    "groups are in training and validation",
    "Keep each group on one side.",
  ),
  "copies-differ": error(
    "image appears several times with different labels",
    "images appear several times with different labels",
    "Decide which labels are right and keep one row.",
  ),
  "same-label": error(
    "label is written in several ways",
    "labels are written in several ways",
    "Choose one spelling: they are learned as different labels.",
  ),
  "stray-labels": warning(
    "label file has no image",
    "label files have no image",
    "Add the images, or remove the files: they are not used.",
  ),
  "flawed-file": warning(
    "image has flawed data that decoders ignore",
    "images have flawed data that decoders ignore",
    "Look at them: part of them may be shifted, grey or discoloured. Extra bytes alone are harmless.",
  ),
  "large-file": warning(
    "file is very large",
    "files are very large",
    `Scale them down: beyond ${largeMegapixels} megapixels or ${largeMegabytes} MB each epoch waits for them.`,
  ),
  "tiny-picture": warning(
    "image is tiny",
    "images are tiny",
    `Look at them: a side below ${tinySide} pixels shows little.`,
  ),
  "plain-picture": warning(
    "image is a single colour but has labels",
    "images are a single colour but have labels",
    "Look at them: there is nothing in them.",
  ),
  copies: warning(
    "image appears several times (same bytes)",
    "images appear several times (same bytes)",
    "Keep one: it counts several times. A split keeps copies on one side.",
  ),
  "near-leak": warning(
    "image looks like one in the other set",
    "images look like one in the other set",
    "Look at them: near copies on both sides make the metrics too good.",
  ),
  "near-differ": warning(
    "image looks like others that have different labels",
    "images look like others that have different labels",
    "Look at them: near copies should agree.",
  ),
  "near-copies": warning(
    "image looks like others",
    "images look like others",
    "Look at them: near copies count several times. The split that train makes keeps them on one side.",
  ),
  "near-label": warning(
    "pair of labels differs by one letter",
    "pairs of labels differ by one letter",
    "Correct the one that is misspelt, if one is.",
  ),
  "twin-labels": warning(
    "group of labels is on exactly the same images",
    "groups of labels are on exactly the same images",
    "Keep one of them if they mean the same.",
  ),
  "no-positive": warning(
    "label is on no image",
    "labels are on no image",
    "Remove them, or add images that have them.",
  ),
  "always-there": warning(
    "label is on every image",
    "labels are on every image",
    "Add images without them, or remove them: the model can't learn them.",
  ),
  "always-unknown": warning(
    "label is unknown on every image",
    "labels are unknown on every image",
    "Label some images, or remove the labels: the model can't learn them.",
  ),
  "few-to-learn": warning(
    "label has too few positives to learn",
    "labels have too few positives to learn",
    `Add images that have them: fewer than ${fewToLearn} are hard to learn from.`,
  ),
  "few-to-measure": note(
    "label has too few positives to measure",
    "labels have too few positives to measure",
    `With fewer than ${fewToMeasure} in validation an average precision is uncertain by 0.2 and more.`,
  ),
  "repeated-tag": note("row names a label twice", "rows name a label twice", "It counts once."),
  "unnamed-picture": note(
    "image in the same folder is named by no row",
    "images in the same folder are named by no row",
    "Add rows for them if they belong to the set.",
  ),
} as const satisfies Readonly<Record<string, KindOfFinding>>;

export type Kind = keyof typeof kinds;
