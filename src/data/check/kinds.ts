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
    "thing in a labels file cannot be read",
    "things in labels files cannot be read",
    "Correct them; training refuses the file as it is.",
  ),
  "repeated-row": error(
    "picture has several rows",
    "pictures have several rows",
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
    "file is no picture that can be read",
    "files are no pictures that can be read",
    "Convert them to JPEG, PNG, WebP, GIF, TIFF or AVIF, or remove their rows.",
  ),
  "damaged-file": error(
    "picture ends too early or is damaged",
    "pictures end too early or are damaged",
    "Fetch them again, or remove their rows.",
  ),
  "too-large": error("picture is too large to read", "pictures are too large to read", "Scale them down."),
  leak: error(
    "picture is in training and validation",
    "pictures are in training and validation",
    "Take it out of one of them: what was learned by heart measures nothing.",
  ),
  "group-leak": error(
    "group is in training and validation",
    "groups are in training and validation",
    "Keep each group on one side.",
  ),
  "copies-differ": error(
    "picture is there several times with different labels",
    "pictures are there several times with different labels",
    "Decide which labels are right and keep one row.",
  ),
  "same-label": error(
    "label is written in several ways",
    "labels are written in several ways",
    "Choose one spelling: they are learned as different labels.",
  ),
  "stray-labels": warning(
    "file of labels belongs to no picture",
    "files of labels belong to no picture",
    "Put the pictures there, or remove the files: nobody reads them.",
  ),
  "flawed-file": warning(
    "picture has flawed data that decoders read over",
    "pictures have flawed data that decoders read over",
    "Look at them: a part may be shifted, grey or of wrong colours. Surplus bytes alone do no harm.",
  ),
  "large-file": warning(
    "file is very large",
    "files are very large",
    `Scale them down: beyond ${largeMegapixels} megapixels or ${largeMegabytes} MB each epoch waits for them.`,
  ),
  "tiny-picture": warning(
    "picture is tiny",
    "pictures are tiny",
    `Look at them: a side below ${tinySide} pixels shows little.`,
  ),
  "plain-picture": warning(
    "picture is of one colour and yet has labels",
    "pictures are of one colour and yet have labels",
    "Look at them: there is nothing in them.",
  ),
  copies: warning(
    "picture is there several times (the same bytes)",
    "pictures are there several times (the same bytes)",
    "Keep one: it counts several times. A split keeps copies on one side.",
  ),
  "near-leak": warning(
    "picture looks like one of the other set",
    "pictures look like one of the other set",
    "Look at them: near copies on both sides make the measure too good.",
  ),
  "near-differ": warning(
    "picture looks like others that have different labels",
    "pictures look like others that have different labels",
    "Look at them: near copies should agree.",
  ),
  "near-copies": warning(
    "picture looks like others",
    "pictures look like others",
    "Look at them: near copies count several times. The split that train makes keeps them on one side.",
  ),
  "near-label": warning(
    "pair of labels differs by one letter",
    "pairs of labels differ by one letter",
    "Correct the one that is misspelt, if one is.",
  ),
  "twin-labels": warning(
    "group of labels is on exactly the same pictures",
    "groups of labels are on exactly the same pictures",
    "Keep one of them if they mean the same.",
  ),
  "no-positive": warning(
    "label is on no picture",
    "labels are on no picture",
    "Remove them, or add pictures that have them.",
  ),
  "always-there": warning(
    "label is nowhere absent",
    "labels are nowhere absent",
    "Add pictures without them, or remove them: there is nothing to tell apart.",
  ),
  "always-unknown": warning(
    "label is unknown on every picture",
    "labels are unknown on every picture",
    "Say of some pictures whether they have them, or remove them: nothing is learned.",
  ),
  "few-to-learn": warning(
    "label has too few positives to learn",
    "labels have too few positives to learn",
    `Add pictures that have them: fewer than ${fewToLearn} are hardly learned.`,
  ),
  "few-to-measure": note(
    "label has too few positives to measure",
    "labels have too few positives to measure",
    `With fewer than ${fewToMeasure} in validation an average precision is uncertain by 0.2 and more.`,
  ),
  "repeated-tag": note("row names a label twice", "rows name a label twice", "It counts once."),
  "unnamed-picture": note(
    "picture beside the others is named by no row",
    "pictures beside the others are named by no row",
    "Add rows for them if they belong to the set.",
  ),
} as const satisfies Readonly<Record<string, KindOfFinding>>;

export type Kind = keyof typeof kinds;
