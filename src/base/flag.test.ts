import assert from "node:assert/strict";
import { test } from "node:test";
import { flagOf, withOptionNames } from "./flag.js";

test("options have their library's names in a message, but whole commands stay as they are typed", () => {
  assert.equal(flagOf("gammaPositive"), "--gamma-positive");
  assert.equal(
    withOptionNames(
      "Try --lr 0.1, a longer --warmup, --layer-decay 0.5 or --batch 4; multihot check DATA --val DATA tells.",
    ),
    "Try lr 0.1, a longer warmup, layerDecay 0.5 or batchSize 4; multihot check DATA --val DATA tells.",
  );
});
