import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fromThePost } from "../examples/from-the-post.js";
import type { TensorOf } from "../src/graph/tensor.js";
import { readDataset, resnet50, sigmoid, writeSafetensors, writeSample } from "../src/index.js";

test("the program of the post runs on the sample, with weights that are made here", async () => {
  const folder = await mkdtemp(join(tmpdir(), "multihot-post-"));
  try {
    const data = await writeSample(join(folder, "sample"), { images: 20, size: 48 });
    const { graph } = await resnet50({ weights: "none", seed: 1 });
    const weights = join(folder, "resnet50.safetensors");
    await writeSafetensors(weights, graph.initializers as Map<string, TensorOf<"float32">>);
    const { losses, logits, probabilities } = await fromThePost(data, { weights, size: 32 });
    assert.equal(losses.length, 2);
    assert.ok(losses.every(Number.isFinite), String(losses));
    const { labels } = await readDataset(data);
    // The first batch held 16 of them.
    assert.equal(logits.length, (20 - 16) * labels.length);
    assert.ok(logits.every(Number.isFinite));
    assert.deepEqual(probabilities, sigmoid(logits));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
