// Backbones by name or file, with weights from a seed or a file.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Graph } from "../graph/graph.js";
import { writeOnnx } from "../graph/onnx.js";
import { float32 } from "../graph/tensor.js";
import type { Backbone } from "./backbone.js";
import { openBackbone, resnet18 } from "./registry.js";
import { resnet } from "./resnet.js";

const folder = await mkdtemp(join(tmpdir(), "multihot-registry-"));
after(() => rm(folder, { recursive: true }));

const weights = ({ graph }: Backbone) => Object.fromEntries(graph.initializers);

/** A file with the weights of a backbone and, beside them, what checkpoints have too. */
async function checkpoint(name: string, backbone: Backbone, drop: readonly string[] = []): Promise<string> {
  const graph: Graph = backbone.graph.clone();
  for (const old of ["fc.weight", "classifier.1.bias", "bn1.num_batches_tracked"]) {
    graph.initializers.set(old, float32([3], [1, 2, 3]));
  }
  for (const missing of drop) graph.initializers.delete(missing);
  const path = join(folder, name);
  await writeFile(path, writeOnnx(graph));
  return path;
}

const backbone = "resnet10-small";
const small = resnet(backbone, { seed: 7 });
const file = await checkpoint("small.onnx", small);

describe("a ResNet", () => {
  test("with the weights none is drawn from the seed", async () => {
    assert.deepEqual(weights(await openBackbone({ backbone, weights: "none", seed: 7 })), weights(small));
    assert.deepEqual(await openBackbone({ backbone, weights: "none" }), resnet(backbone, { seed: 1 }));
  });

  test("with a file has its weights; the old classifier and counters are left aside", async () => {
    assert.deepEqual(weights(await openBackbone({ backbone, weights: file, seed: 8 })), weights(small));
  });

  test("with a file that doesn't fit names every difference", async () => {
    const path = await checkpoint("partial.onnx", small, ["layer1.0.conv1.weight", "bn1.bias"]);
    await assert.rejects(
      openBackbone({ backbone, weights: path }),
      /partial\.onnx[\s\S]*bn1\.bias \[32\] is missing[\s\S]*layer1\.0\.conv1\.weight \[32, 32, 3, 3\]/,
    );
    await assert.rejects(openBackbone({ backbone: "resnet18", weights: path }), /wanted \[64, 3, 7, 7\]/);
  });

  test("without published weights begins from the seed, and says so if they are asked for", async () => {
    assert.deepEqual(weights(await openBackbone({ backbone, seed: 7 })), weights(small));
    await assert.rejects(
      openBackbone({ backbone, weights: "imagenet" }),
      /no ImageNet weights for resnet10-small; there are for resnet18, resnet34/,
    );
  });

  test("by its function is the same as by its name", async () => {
    const options = { weights: "none", seed: 2 };
    assert.deepEqual(await resnet18(options), await openBackbone({ backbone: "resnet18", ...options }));
  });
});

describe("an ONNX file", () => {
  test("has its own weights, or those of another file, or new ones", async () => {
    const other = resnet(backbone, { seed: 9 });
    const onnx = await checkpoint("other.onnx", other);
    const own = await openBackbone({ backbone: onnx });
    assert.deepEqual(weights(own), weights(other));
    assert.equal(own.name, "other.onnx");
    assert.deepEqual(weights(await openBackbone({ backbone: onnx, weights: file })), weights(small));
    const drawn = await openBackbone({ backbone: onnx, weights: "none", seed: 7 });
    assert.deepEqual(weights(drawn), weights(small));
  });

  test("has no ImageNet weights to download", async () => {
    await assert.rejects(
      openBackbone({ backbone: file, weights: "imagenet" }),
      /weights imagenet are for resnet18, .*; .*small\.onnx has weights of its own/,
    );
  });
});

test("an unknown name is an error that names the nearest and all", async () => {
  for (const [name, nearest] of [
    ["resnet51", "resnet50"],
    ["ResNet-34", "resnet34"],
    ["resnet1O1", "resnet101"],
  ]) {
    await assert.rejects(
      openBackbone({ backbone: name }),
      new RegExp(
        `no backbone "${name}". Did you mean ${nearest}\\? There are resnet18, .*resnet152.* any .onnx`,
      ),
    );
  }
});
