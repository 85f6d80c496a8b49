// Which weights train: against the modules of torchvision's ResNets, and against the flow of a graph.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GraphBuilder } from "../graph/builder.js";
import { Graph } from "../graph/graph.js";
import { float32, sizeOf } from "../graph/tensor.js";
import type { Backbone } from "./backbone.js";
import { freezesAll, trainableWeights, weightsOf } from "./freeze.js";
import { moduleOfNode } from "./modules.js";
import { network } from "./network.js";
import { imagenetPreprocess } from "./preprocess.js";
import { resnet } from "./resnet.js";

const zeros = (shape: readonly number[]) => new Float32Array(sizeOf(shape));
const resnet18 = network(resnet("resnet18"), { labels: 3, init: zeros });
const resnet50 = network(resnet("resnet50"), { labels: 3, init: zeros });

/** The modules, cut to two parts, of which a weight trains. */
function modules(weights: Set<string>): string[] {
  return [...new Set([...weights].map((name) => name.split(".").slice(0, 2).join(".")))].sort();
}

describe("weightsOf", () => {
  test("a ResNet's are its convolutions, its normalisations' scale and bias, and the classifier", () => {
    // torchvision: list(resnet18().parameters()) has 62 entries, resnet50's 161.
    assert.equal(weightsOf(resnet18.graph).length, 62);
    assert.equal(weightsOf(resnet50.graph).length, 161);
    assert.deepEqual(weightsOf(resnet18.graph).slice(0, 4), [
      "conv1.weight",
      "bn1.weight",
      "bn1.bias",
      "layer1.0.conv1.weight",
    ]);
    assert.ok(weightsOf(resnet18.graph).every((name) => !/running|preprocess/.test(name)));
  });
});

describe("trainableWeights", () => {
  const all = weightsOf(resnet18.graph);

  test("none: every weight trains", () => assert.deepEqual([...trainableWeights(resnet18, "none")], all));

  test("backbone: the classifier alone", () => {
    assert.deepEqual([...trainableWeights(resnet18, "backbone")], ["fc.weight", "fc.bias"]);
  });

  test("a stage: those behind it", () => {
    const left = trainableWeights(resnet18, "layer3");
    assert.deepEqual(modules(left), ["fc.bias", "fc.weight", "layer4.0", "layer4.1"]);
    // Two blocks of two convolutions and a shortcut, each with a normalisation of two, and the classifier.
    assert.equal(left.size, 5 * 3 + 2);
  });

  test("a block or a layer: those behind it, not its neighbours by name", () => {
    assert.equal(trainableWeights(resnet18, "conv1").size, all.length - 1);
    assert.equal(trainableWeights(resnet18, "bn1").size, all.length - 3);
    assert.deepEqual(modules(trainableWeights(resnet18, "layer4.0")), ["fc.bias", "fc.weight", "layer4.1"]);
    const left = trainableWeights(resnet50, "layer4.2.conv2");
    assert.ok(left.has("layer4.2.bn2.weight") && left.has("layer4.2.conv3.weight"));
    assert.ok(!left.has("layer4.2.conv2.weight") && !left.has("layer4.2.bn1.bias"));
  });

  test("a parallel branch that the module doesn't use goes on training", () => {
    const left = trainableWeights(resnet50, "layer1.0.downsample");
    assert.ok(!left.has("conv1.weight") && !left.has("layer1.0.downsample.1.bias"));
    assert.ok(left.has("layer1.0.conv1.weight") && left.has("layer1.0.bn3.weight"));
  });

  test("a module without weights, or an operator, is a place too", () => {
    assert.equal(trainableWeights(resnet18, "maxpool").size, all.length - 3);
    assert.deepEqual(trainableWeights(resnet18, "avgpool"), trainableWeights(resnet18, "backbone"));
  });

  test("a name that isn't there is an error with the modules, the nearest first", () => {
    assert.throws(
      () => trainableWeights(resnet18, "layr3"),
      (error: Error) => {
        assert.equal(error.name, "UserError");
        assert.match(error.message, /^resnet18 has no module "layr3" .* nearest first: layer3, layer1, /);
        assert.match(error.message, /and \d+ more/);
        return true;
      },
    );
    for (const name of ["", "layer", "layer33", "Layer3"]) {
      assert.throws(() => trainableWeights(resnet18, name), /has no module/);
    }
  });

  test("all of a backbone is frozen with its last stage, and with no other", () => {
    const { graph } = resnet("resnet18");
    const whole = ["layer4", "layer4.1", "layer4.0", "layer3", "conv1", "none", "nowhere"].filter((name) =>
      freezesAll(graph, name),
    );
    assert.deepEqual(whole, ["layer4", "layer4.1"]);
  });

  test("nothing left to train is an error", () => {
    assert.throws(() => trainableWeights(resnet18, "fc"), /nothing is left to train.*freeze "backbone"/s);
  });

  test("in a file's graph modules are told by the nodes where weights have other names", () => {
    const graph = new Graph();
    const builder = new GraphBuilder(graph);
    let x = builder.input({ name: "input", type: "float32", shape: ["N", 3, "H", "W"] });
    for (const i of [0, 1]) {
      const weight = builder.initializer(`w${i}`, float32([3, 3, 1, 1], zeros([3, 3, 1, 1])));
      x = builder.node("Conv", [x, weight], { name: `/body/body.${i}/conv/Conv` });
    }
    const average = builder.node("GlobalAveragePool", [x]);
    builder.node("Flatten", [average], { outputs: ["features"] });
    builder.output({ name: "features", type: "float32", shape: ["N", 3] });
    const backbone: Backbone = {
      name: "two",
      graph,
      features: 3,
      classifier: "classifier",
      preprocess: imagenetPreprocess,
    };
    const two = network(backbone, { labels: 1 });
    assert.deepEqual([...trainableWeights(two, "body.0")], ["w1", "classifier.weight", "classifier.bias"]);
    assert.deepEqual([...trainableWeights(two, "body")], ["classifier.weight", "classifier.bias"]);
  });
});

test("moduleOfNode reads the paths that PyTorch's exporter writes", () => {
  const paths = {
    "/conv1/Conv": "conv1",
    "/layer1/layer1.0/conv1/Conv": "layer1.0.conv1",
    "/features/features.3/expand1x1/Conv": "features.3.expand1x1",
    "/blocks/blocks.0/expand/expand.0/Conv": "blocks.0.expand.0",
    "/b/b.4/b.4.0/conv1/Conv": "b.4.0.conv1",
    "/Flatten": "",
    "layer1.0.conv1": "layer1.0.conv1",
  };
  for (const [path, module] of Object.entries(paths)) assert.equal(moduleOfNode(path), module);
});
