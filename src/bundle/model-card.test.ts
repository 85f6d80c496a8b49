// The card: front matter that YAML reads, as Hugging Face's specification of model cards has it, and figures of the manifest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { type Manifest, unmeasured } from "./manifest.js";
import { measure } from "./measure.js";
import { modelCard } from "./model-card.js";

const labels = ["cat", "a|b `c` <i>: -"];
const metrics = measure(
  Float32Array.of(2, -1, 1, 1, -2, 1, -1, -1),
  Float32Array.of(1, 0, 1, 1, 0, 0, 1, 0),
  { images: 4, labels },
);
const manifest: Manifest = {
  format: 1,
  labels,
  thresholds: [0.5, 0.5],
  preprocess: { resize: 256, crop: 224, interpolation: "bilinear", mean: [0, 0, 0], std: [1, 1, 1] },
  backbone: "/somewhere/of/mine/net.onnx",
  metrics,
  created: "2025-01-31T12:00:00Z",
  selfCheck: { image: "self-check.jpg", probabilities: [0, 0] },
};

test("its front matter is YAML with the hub's keys, and its figures are the manifest's", () => {
  const card = modelCard(manifest, { trainingImages: 100, trainingPositives: [40, 7] });
  const [, yaml, body] = card.split(/^---$/m);
  const front = parse(yaml);
  assert.equal(front.library_name, "multihot");
  assert.equal(front.pipeline_tag, "image-classification");
  assert.equal(front.license, "other");
  assert.ok(front.tags.includes("multi-label"));
  const [{ task, dataset, metrics: found }] = front["model-index"][0].results;
  assert.equal(task.type, "image-classification");
  assert.ok(dataset.type && dataset.name);
  assert.deepEqual(
    found.map(({ name, value }: { name: string; value: number }) => [name, value.toFixed(3)]),
    [
      ["mAP", metrics.mAP?.toFixed(3)],
      ["micro F1", metrics.microF1?.toFixed(3)],
      ["macro F1", metrics.macroF1?.toFixed(3)],
    ],
  );
  assert.match(body, /Trained on 100 images/);
  const [cat, other] = metrics.labels;
  assert.ok(body.includes(`| cat | 40 | 3 | ${cat.averagePrecision?.toFixed(3)} | 0.500 |`));
  // A name breaks neither the table nor the page, and no folder of this machine is told.
  assert.ok(body.includes(`| a&#124;b &#96;c&#96; &#60;i&#62;: - | 7 | ${other.positives} |`));
  assert.doesNotMatch(card, /somewhere/);
});

test("what was not measured is not claimed", () => {
  const card = modelCard({ ...manifest, metrics: unmeasured });
  assert.equal(parse(card.split(/^---$/m)[1])["model-index"], undefined);
  assert.doesNotMatch(card, /Trained on \d|NaN|undefined|null/);
});
