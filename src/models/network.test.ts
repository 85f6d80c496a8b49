// Networks: what stands before and behind the backbone.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inferShapes } from "../graph/shapes.js";
import { weightsOf } from "./freeze.js";
import { network, withImageType } from "./network.js";
import { resnet } from "./resnet.js";

const backbone = resnet("resnet10-small", { seed: 1 });

describe("network", () => {
  const net = network(backbone, { labels: 20, seed: 5, size: 64 });

  test("takes bytes and gives one logit a label, the batch free", () => {
    const infos = inferShapes(net.graph);
    assert.deepEqual(net.graph.inputs, [{ name: "image", type: "uint8", shape: ["N", 64, 64, 3] }]);
    assert.deepEqual(net.graph.outputs, [{ name: "logits", type: "float32", shape: ["N", 20] }]);
    assert.deepEqual(infos.get("logits"), net.graph.outputs[0]);
    assert.deepEqual(infos.get("input")?.shape, ["N", 3, 64, 64]);
  });

  test("says what it is made of", () => {
    const { graph: _, ...rest } = net;
    assert.deepEqual(rest, {
      backbone: "resnet10-small",
      classifier: "fc",
      features: 256,
      labels: 20,
      size: 64,
      preprocess: { ...backbone.preprocess, resize: 73, crop: 64 },
    });
  });

  test("begins with a Kaiming-normal classifier (fan-in, gain √2) without bias, fixed by the seed", () => {
    const weight = net.graph.initializers.get("fc.weight");
    const values = weight?.data as Float32Array;
    assert.deepEqual(weight?.shape, [20, 256]);
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    // √(2/256); 5,120 values, five standard errors of 1 %.
    assert.ok(Math.abs(deviation / Math.sqrt(2 / 256) - 1) < 0.05, `${deviation}`);
    assert.deepEqual(net.graph.initializers.get("fc.bias")?.data, new Float32Array(20));
    const of = (seed: number) => network(backbone, { labels: 20, seed }).graph.initializers.get("fc.weight");
    assert.deepEqual(of(5), weight);
    assert.notDeepEqual(of(6), weight);
  });

  test("takes another initialiser", () => {
    const init = ([rows, columns]: readonly number[]) => new Float32Array(rows * columns).fill(0.5);
    const { graph } = network(backbone, { labels: 2, init });
    assert.deepEqual(graph.initializers.get("fc.weight")?.data, new Float32Array(512).fill(0.5));
  });

  test("leaves the backbone's graph as it was", () => {
    assert.equal(backbone.graph.inputs[0].name, "input");
    assert.equal(backbone.graph.outputs[0].name, "features");
    assert.ok(!backbone.graph.initializers.has("fc.weight"));
    assert.equal(weightsOf(net.graph).length, weightsOf(backbone.graph).length + 2);
  });

  test("refuses numbers of labels and sizes that can't be, naming them", () => {
    for (const labels of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => network(backbone, { labels }), /number of labels is .* 1 or more/);
    }
    for (const size of [0, 12.5]) {
      assert.throws(() => network(backbone, { labels: 1, size }), /size of the pictures is/);
    }
  });
});

test("withImageType changes the type of the pictures alone, forth and back", () => {
  const net = network(backbone, { labels: 2 });
  const float = withImageType(net, "float32");
  assert.equal(float.graph.inputs[0].type, "float32");
  assert.deepEqual(inferShapes(float.graph).get("input"), inferShapes(net.graph).get("input"));
  assert.equal(net.graph.inputs[0].type, "uint8");
  assert.deepEqual(withImageType(float, "uint8"), net);
});
