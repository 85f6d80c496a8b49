// Outside truth: the stages as the papers' tables draw them, and the names of torchvision's modules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphBuilder } from "../graph/builder.js";
import { Graph } from "../graph/graph.js";
import { float32, sizeOf } from "../graph/tensor.js";
import { weightsOf } from "./freeze.js";
import { network } from "./network.js";
import { imagenetPreprocess } from "./preprocess.js";
import { resnet } from "./resnet.js";
import { stagesOf } from "./stages.js";

test("a ResNet has the stages of its paper's table 1, each weight in one", () => {
  const net = network(resnet("resnet50"), { labels: 3 });
  const stages = stagesOf(net);
  assert.deepEqual(
    stages.map(({ name }) => name),
    ["fc", "layer4", "layer3", "layer2", "layer1", "conv1, bn1"],
  );
  // A block that halves the picture is of the smaller size, with its shortcut and what comes before the stride.
  const layer2 = weightsOf(net.graph).filter((name) => name.startsWith("layer2."));
  assert.deepEqual(stages[3].weights, layer2);
  assert.deepEqual(stages.flatMap(({ weights }) => weights).sort(), weightsOf(net.graph).sort());
});

test("modules that are only numbered come together by the size of what they make", () => {
  const builder = new GraphBuilder(new Graph());
  let x = builder.input({ name: "input", type: "float32", shape: ["N", 3, "H", "W"] });
  for (const [i, stride] of [2, 1, 2, 1, 1].entries()) {
    const shape = [3, 3, 1, 1];
    const name = `body.features.${2 * i}.conv`;
    const weight = builder.initializer(`${name}.weight`, float32(shape, new Float32Array(sizeOf(shape))));
    x = builder.node("Conv", [x, weight], {
      name,
      attributes: { kernel_shape: [1, 1], strides: [stride, stride] },
    });
  }
  x = builder.node("GlobalAveragePool", [x]);
  builder.node("Flatten", [x], { outputs: ["features"] });
  builder.output({ name: "features", type: "float32", shape: ["N", 3] });
  const preprocess = { ...imagenetPreprocess, resize: 16, crop: 16 };
  const backbone = { name: "row", graph: builder.graph, features: 3, classifier: "fc", preprocess };
  assert.deepEqual(
    stagesOf(network(backbone, { labels: 2 })).map(({ name }) => name),
    ["fc", "body.features.4 … body.features.8", "body.features.0 … body.features.2"],
  );
});
