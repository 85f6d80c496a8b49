// Outside truth: scores whose best decisions are plain.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Settings } from "../recipe/options.js";
import { tune } from "./tuning.js";

const images = 100;
/** Of label 0 the logits tell every tag; of label 1 they tell nothing: one tag in ten, and all the same. */
const targets = Float32Array.from({ length: 2 * images }, (_, i) => {
  const image = Math.floor(i / 2);
  return Number(i % 2 === 0 ? image % 2 === 0 : image % 10 === 0);
});
const logits = targets.map((target, i) => (i % 2 === 0 ? 4 * target - 2 : -2));

const tuned = (thresholdFor: Settings["thresholdFor"]) => {
  const settings = { calibrate: "none", thresholdFor, seed: 1, epochs: 1 } as Settings;
  return tune({ images, pictures: new Uint32Array(images), logits, targets }, 2, settings);
};

test("a precision or a recall that was asked for is told beside what was reached on unseen pictures", () => {
  // The label that nothing tells is given to no picture, so that of two one has a precision.
  assert.match(
    tuned("precision=0.9").notes.join(),
    /chosen for precision=0.9: 1 of 1 labels reach it, their mean precision is 1.000, macro F1 0.500/,
  );
  // To find it each time it is given to all.
  assert.match(
    tuned("recall=0.9").notes.join(),
    /chosen for recall=0.9: 2 of 2 labels reach it, their mean recall is 1.000, macro F1 0.591/,
  );
});
