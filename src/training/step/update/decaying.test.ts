// Outside truth: what timm leaves out of weight decay: one dimension, and a ViT's no_weight_decay().
import assert from "node:assert/strict";
import { test } from "node:test";
import { bce } from "../../../losses/index.js";
import { weightsOf } from "../../../models/freeze.js";
import { network } from "../../../models/network.js";
import { openBackbone } from "../../../models/registry.js";
import { sgd } from "../optimizers/sgd.js";
import { stepGraphs } from "../step-graph.js";
import { decayingIn } from "./decaying.js";

for (const [backbone, apart] of [
  ["vit-tiny", ["cls_token", "pos_embed"]],
  ["convnext-atto", []],
  ["resnet10-small", []],
] as const) {
  test(`of ${backbone} matrices and kernels decay, and no bias, scale, position embedding or class token`, async () => {
    const net = network(await openBackbone({ backbone, weights: "none", size: 64 }), { labels: 1, size: 64 });
    const { graph } = net;
    const names = weightsOf(graph);
    const trainable = new Set(names);
    const options = {
      trainable,
      batchnorm: "batch",
      loss: bce(),
      optimizer: sgd({ learningRate: 1 }),
    } as const;
    for (const each of [graph, stepGraphs(graph, options).gradient.graph]) {
      const decays = decayingIn(each);
      const wanted = names.filter(
        (name) =>
          (graph.initializers.get(name)?.shape.length ?? 0) > 1 &&
          !apart.some((other) => name.endsWith(other)),
      );
      assert.deepEqual(names.filter(decays), wanted);
      for (const other of apart)
        assert.ok(
          names.some((name) => name.endsWith(other)),
          `${other} learns`,
        );
    }
  });
}
