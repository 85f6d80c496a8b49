// That intervals of mAP hold what they are for, as often as they say, on sets of known making.
import assert from "node:assert/strict";
import { test } from "node:test";
import { coverage } from "./map-interval.js";

for (const drawing of [
  // Many rare labels, where resamples lie above the value by more than they differ.
  { images: 300, labels: 150, positives: 3 },
  { images: 200, labels: 5, positives: 10 },
  { images: 400, labels: 1, positives: 30 },
]) {
  const { images, labels, positives } = drawing;
  test(`95 % intervals hold what ${images} images of ${labels} labels give on average, and the value inside them`, () => {
    const { holds, none, above, below } = coverage(drawing, 400);
    assert.equal(none, 0);
    // Three standard deviations of a binomial share, and a conservative variance.
    assert.ok(holds > 0.917 && holds < 0.995, `${holds}, of labels with ${positives} positives`);
    assert.ok(above < 0.06 && below < 0.06, `${above} above, ${below} below`);
  });
}
