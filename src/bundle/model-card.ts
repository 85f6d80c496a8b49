// The model card: `README.md` of a bundle, in the form that Hugging Face reads. It says what is known and measured.
import { stringify } from "yaml";
import type { Manifest } from "./manifest.js";

/** Its name in the bundle. */
export const CARD = "README.md";

/** What a card says beside the manifest; without it the card leaves these lines out. */
export interface CardFacts {
  /** How many images the network learned from. */
  readonly trainingImages: number;
  /** How many of them have each label. */
  readonly trainingPositives: readonly number[];
}

const figure = (value: number | null | undefined) =>
  value === null || value === undefined ? "–" : value.toFixed(3);

/** A cell of a Markdown table: nothing in a name is taken for markup. */
const cell = (text: string) =>
  text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>()#+!|~&]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The whole text of the card. */
export function modelCard(manifest: Manifest, facts?: CardFacts): string {
  const { metrics, labels, preprocess, backbone } = manifest;
  const network = backbone.split(/[\\/]/).pop() ?? backbone;
  const known = [
    ["mAP", "mAP", metrics.mAP],
    ["f1", "micro F1", metrics.microF1],
    ["f1_macro", "macro F1", metrics.macroF1],
  ].flatMap(([type, name, value]) =>
    typeof value === "number" ? [{ type, name, value: round(value) }] : [],
  );
  const title = `Image tagger on ${network}`;
  const task = { type: "image-classification", name: "Multi-label image classification" };
  const dataset = { type: "private", name: "Validation images of the training run", split: "validation" };
  const front = {
    // The owner of the data decides it; "other" is what the hub takes for a licence that is not named here.
    license: "other",
    license_name: "not-stated",
    library_name: "multihot",
    pipeline_tag: "image-classification",
    tags: ["multihot", "multi-label", "image-tagging", "onnx"],
    metrics: ["f1"],
    ...(known.length > 0 && {
      "model-index": [{ name: title, results: [{ task, dataset, metrics: known }] }],
    }),
  };
  const interval = metrics.mAPInterval;
  const rows = metrics.labels.map((label, i) =>
    [
      cell(label.name),
      ...(facts ? [facts.trainingPositives[i]] : []),
      label.positives,
      ...[label.averagePrecision, label.threshold, label.precision, label.recall, label.f1].map(figure),
    ].join(" | "),
  );
  const heads = [
    "label",
    ...(facts ? ["training images"] : []),
    "validation images",
    "average precision",
    "threshold",
    "precision",
    "recall",
    "F1",
  ];
  const few = metrics.labels.filter(({ positives }) => positives < 10).length;
  const lines = [
    "---",
    stringify(front).trimEnd(),
    "---",
    "",
    `# ${cell(title)}`,
    "",
    `Gives an image any number of ${labels.length} labels. Trained with multihot; written ${manifest.created}.`,
    "",
    "## Data",
    "",
    ...(facts ? [`- Trained on ${facts.trainingImages} images.`] : []),
    `- Measured on ${metrics.images} validation images. The best epoch${
      manifest.thresholdFor && manifest.thresholdFor !== "none" ? ", the thresholds" : ""
    }${manifest.calibration ? " and the calibration" : ""} were chosen on them, so new images give somewhat worse figures.`,
    `- An image is resized so that its shorter side has ${preprocess.resize} pixels; the middle ${preprocess.crop} × ${preprocess.crop} are used.`,
    "",
    "## Figures",
    "",
    `mAP ${figure(metrics.mAP)}${
      interval ? ` (95 % confidence: ${figure(interval.low)} to ${figure(interval.high)})` : ""
    }, micro F1 ${figure(metrics.microF1)}, macro F1 ${figure(metrics.macroF1)}, loss ${figure(metrics.loss)}.`,
    "",
    ...(rows.length > 0
      ? [
          `| ${heads.join(" | ")} |`,
          `|${" --- |".repeat(heads.length)}`,
          ...rows.map((row) => `| ${row} |`),
          "",
        ]
      : []),
    "## Intended use",
    "",
    "Tagging images of the same kind as those it was trained on, with these labels. Its tags are suggestions: look at the",
    "precision of a label before you act on it without a person.",
    "",
    "## Limits",
    "",
    "- It knows no other labels, and gives its labels also to images that are unlike any it was trained on.",
    "- Its figures hold for images like the validation images. It has not been measured on others, nor for fairness between",
    "  groups of people.",
    ...(few > 0
      ? [
          `- ${few} of the ${labels.length} labels are on fewer than 10 validation images; their figures are uncertain.`,
        ]
      : []),
    "- No licence is stated. Before you publish it, set `license` above: the licences of the training images and of the",
    "  pretrained weights decide.",
    "",
    "## Use",
    "",
    "```sh",
    "npx multihot predict . image.jpg",
    "```",
    "",
    "`model.onnx` runs in any ONNX runtime: `image` is uint8 [N, height, width, 3] in RGB, `probabilities` float32 [N, labels]; the",
    "labels, in order, and their thresholds are in `multihot.json`.",
    "",
  ];
  return lines.join("\n");
}

const round = (value: number) => Number(value.toFixed(4));
