// ResNets, against torchvision's names, shapes and numbers of parameters.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { inferShapes } from "../graph/shapes.js";
import { sizeOf } from "../graph/tensor.js";
import { atInputSize } from "./backbone.js";
import { weightsOf } from "./freeze.js";
import { network } from "./network.js";
import { type ResnetName, resnet, resnets } from "./resnet.js";

interface Golden {
  parameters: number;
  features: number;
  entries: number;
  sha256: string;
}
const golden: Record<string, Golden> = JSON.parse(readFileSync("test/golden/resnet.json", "utf8"));

for (const [name, wanted] of Object.entries(golden)) {
  describe(name, () => {
    const backbone = resnet(name as ResnetName);

    test("has torchvision's names and shapes", () => {
      const lines = [...backbone.graph.initializers].map(([key, { shape }]) => `${key} ${shape.join("x")}`);
      assert.equal(lines.length, wanted.entries);
      assert.equal(createHash("sha256").update(lines.sort().join("\n")).digest("hex"), wanted.sha256);
    });

    test(`has ${wanted.parameters.toLocaleString("en")} parameters with a classifier of 1000`, () => {
      const { graph } = network(backbone, { labels: 1000, init: (shape) => new Float32Array(sizeOf(shape)) });
      const sizes = weightsOf(graph).map((weight) => sizeOf(graph.initializers.get(weight)?.shape ?? []));
      assert.equal(
        sizes.reduce((sum, n) => sum + n, 0),
        wanted.parameters,
      );
    });

    test(`has ${wanted.features} features`, () => assert.equal(backbone.features, wanted.features));
  });
}

test("the stride sits in the 3x3 and in the shortcut (v1.5)", () => {
  const { graph } = resnet("resnet50");
  const strided = graph.nodes.filter(
    ({ op, attributes }) => op === "Conv" && String(attributes.strides) === "2,2",
  );
  assert.deepEqual(
    strided.map(({ name }) => name),
    ["conv1", ...[2, 3, 4].flatMap((stage) => [`layer${stage}.0.conv2`, `layer${stage}.0.downsample.0`])],
  );
});

test("each stage halves the picture and doubles the channels, as in table 1 of He et al.", () => {
  const stages = (name: ResnetName, last: readonly number[], size: number) => {
    const { graph } = resnet(name);
    const infos = inferShapes(atInputSize(graph, size));
    return last.map((block, stage) => {
      const ends = graph.nodes.filter((node) => node.name.startsWith(`layer${stage + 1}.${block}.relu`));
      return infos
        .get(ends[ends.length - 1].outputs[0])
        ?.shape.slice(1)
        .join("x");
    });
  };
  assert.deepEqual(stages("resnet50", [2, 3, 5, 2], 224), [
    "256x56x56",
    "512x28x28",
    "1024x14x14",
    "2048x7x7",
  ]);
  assert.deepEqual(stages("resnet18", [1, 1, 1, 1], 224), ["64x56x56", "128x28x28", "256x14x14", "512x7x7"]);
  assert.deepEqual(stages("resnet10-small", [0, 0, 0, 0], 128), [
    "32x64x64",
    "64x32x32",
    "128x16x16",
    "256x8x8",
  ]);
});

test("weights wait at zero for a file where no seed is given", () => {
  const { graph } = resnet("resnet10-small");
  for (const { data } of graph.initializers.values()) {
    assert.ok((data as Float32Array).every((x) => x === 0));
  }
  assert.equal(resnets["resnet10-small"].size, 128);
});
