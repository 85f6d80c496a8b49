// The nearest names, against distances known from the literature.
import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance, nearestFirst } from "./nearest.js";

test("edit distances are Levenshtein's", () => {
  // The textbook pairs, and the ends of the range.
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("saturday", "sunday"), 3);
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("abc", ""), 3);
  assert.equal(editDistance("same", "same"), 0);
});

test("the nearest comes first, case aside, and ties keep their order", () => {
  assert.deepEqual(nearestFirst("Resnet5O", ["resnet18", "resnet101", "resnet50"]), [
    "resnet50",
    "resnet18",
    "resnet101",
  ]);
  assert.deepEqual(nearestFirst("x", ["b", "a", "c"]), ["b", "a", "c"]);
});
