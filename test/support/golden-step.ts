// The small network of test/golden/step.py with its pictures and targets, and PyTorch's steps of it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { GraphBuilder } from "../../src/graph/builder.js";
import { Graph } from "../../src/graph/graph.js";
import { float32 } from "../../src/graph/tensor.js";
import type { Backbone } from "../../src/models/backbone.js";
import { imagenetPreprocess } from "../../src/models/preprocess.js";
import { classifier } from "../../src/training/classifier.js";
import type { Classifier } from "../../src/training/step/classifier.js";
import type { BatchNorm } from "../../src/training/step/step-graph.js";

interface Golden {
  images: number[];
  targets: number[];
  start: Record<string, number[]>;
  runs: {
    batchnorm: BatchNorm;
    optimizer: "sgd" | "adamw";
    losses: number[];
    weights: Record<string, number[]>;
  }[];
}
export const golden: Golden = JSON.parse(await readFile("test/golden/step.json", "utf8"));
/** [4, 6, 6, 3]. */
export const goldenImages = Uint8Array.from(golden.images);
/** [4, 3]. */
export const goldenTargets = Float32Array.from(golden.targets);

/** The network of test/golden/step.py, without its classifier. */
export function smallBackbone(): Backbone {
  const builder = new GraphBuilder(new Graph());
  const weight = (name: string, shape: number[]) =>
    builder.initializer(name, float32(shape, golden.start[name]));
  const layer = (i: number, x: string, from: number, stride: number) => {
    const kernel = weight(`conv${i}.weight`, [4, from, 3, 3]);
    const attributes = { kernel_shape: [3, 3], strides: [stride, stride], pads: [1, 1, 1, 1] };
    const y = builder.node("Conv", [x, kernel], { name: `conv${i}`, attributes });
    const parts = ["weight", "bias", "running_mean", "running_var"].map((part) =>
      weight(`bn${i}.${part}`, [4]),
    );
    return builder.node("BatchNormalization", [y, ...parts], {
      name: `bn${i}`,
      attributes: { epsilon: { float: 1e-5 }, momentum: { float: 0.9 } },
    });
  };
  builder.input({ name: "input", type: "float32", shape: ["N", 3, "H", "W"] });
  const x = builder.node("Relu", [layer(1, "input", 3, 2)]);
  const y = builder.node("Relu", [builder.node("Add", [x, layer(2, x, 4, 1)])]);
  const pooled = builder.node("GlobalAveragePool", [y]);
  builder.node("Flatten", [pooled], { outputs: ["features"], attributes: { axis: 1 } });
  builder.output({ name: "features", type: "float32", shape: ["N", 4] });
  const preprocess = { ...imagenetPreprocess, resize: 6, crop: 6 };
  return { name: "small", graph: builder.graph, features: 4, classifier: "fc", preprocess };
}

/** The golden network whole: its classifier's weights are those of the golden start. */
export function smallClassifier(): Classifier {
  const backbone = smallBackbone();
  const model = classifier(backbone, { labels: 3, init: () => Float32Array.from(golden.start["fc.weight"]) });
  return model;
}

/** Whether all are near what was wanted, relative to 1 + its size. */
export function near(found: ArrayLike<number>, wanted: readonly number[], limit: number, what: string): void {
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, i) => {
    const told = `${what}[${i}] is ${found[i]}, not ${value}`;
    assert.ok(Math.abs(found[i] - value) <= limit * (1 + Math.abs(value)), told);
  });
}
