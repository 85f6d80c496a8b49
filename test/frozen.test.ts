// What differentiate() adds and what it does not: frozen parts cost nothing, and operators without a rule are told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../src/base/errors.js";
import { GraphBuilder } from "../src/graph/builder.js";
import { differentiate } from "../src/graph/gradient/differentiate.js";
import { Graph, TRAINING } from "../src/graph/graph.js";
import { float32, int64, sizeOf } from "../src/graph/tensor.js";

/** A graph with one input, image [N, 3, 8, 8], and the means to go on. */
function start() {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const image = builder.input({ name: "image", type: "float32", shape: ["N", 3, 8, 8] });
  const weight = (name: string, ...shape: number[]) =>
    builder.initializer(name, float32(shape, new Float32Array(sizeOf(shape)).fill(0.5)));
  return { graph, builder, image, weight };
}

const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** conv1 → ReLU → pool → conv2 → ReLU → pooled → linear, with the gradient of the logits as an input. */
function network() {
  const { graph, builder, image, weight } = start();
  const a = builder.node("Conv", [image, weight("conv1.weight", 4, 3, 3, 3), weight("conv1.bias", 4)], {
    attributes,
  });
  const b = builder.node("Relu", [a]);
  const c = builder.node("MaxPool", [b], {
    name: "pool",
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  });
  const d = builder.node("Conv", [c, weight("conv2.weight", 5, 4, 3, 3)], { attributes });
  const e = builder.node("Relu", [d]);
  const f = builder.node("Flatten", [builder.node("GlobalAveragePool", [e])]);
  const logits = builder.node("Gemm", [f, weight("fc.weight", 2, 5), weight("fc.bias", 2)], {
    attributes: { transB: 1 },
  });
  builder.input({ name: "dLogits", type: "float32", shape: ["N", 2] });
  return { graph, seeds: new Map([[logits, "dLogits"]]) };
}

/** The operators that are added when the gradients of `wanted` are asked for. */
function added(graph: Graph, seeds: ReadonlyMap<string, string>, wanted: readonly string[]): string[] {
  const before = new Set(graph.nodes.map((node) => node.name));
  differentiate(graph, seeds, wanted);
  return graph.nodes.filter((node) => !before.has(node.name)).map((node) => node.op);
}

const count = (ops: readonly string[], op: string) => ops.filter((other) => other === op).length;

describe("frozen parts", () => {
  it("cost no node: only the classifier is trained", () => {
    const { graph, seeds } = network();
    assert.deepEqual(added(graph, seeds, ["fc.weight", "fc.bias"]).sort(), ["Gemm", "ReduceSum", "Squeeze"]);
    const pool = graph.nodes.find((node) => node.name === "pool");
    assert.equal(pool?.outputs.length, 1, "a frozen MaxPool does not tell its indices");
  });

  it("end at the last layer from which a trainable weight can be reached", () => {
    const { graph, seeds } = network();
    const ops = added(graph, seeds, ["conv2.weight", "fc.weight"]);
    assert.equal(count(ops, "ConvWeightGradient"), 1);
    assert.equal(count(ops, "ConvInputGradient"), 0);
    assert.equal(count(ops, "ReluGradient"), 1);
    assert.equal(count(ops, "MaxPoolGradient"), 0);
  });

  it("in the middle pass the gradient on, and get none for their weights", () => {
    const { graph, seeds } = network();
    const ops = added(graph, seeds, ["conv1.weight"]);
    assert.equal(count(ops, "ConvWeightGradient"), 1);
    assert.equal(count(ops, "ConvInputGradient"), 1, "conv2's input; the image needs none");
    assert.equal(count(ops, "ReluGradient"), 2);
    assert.equal(count(ops, "MaxPoolGradient"), 1);
    assert.equal(count(ops, "Gemm"), 1);
    assert.equal(count(ops, "ReduceSum"), 0, "no bias is trained");
  });

  it("may hold an operator without a gradient rule", () => {
    const { graph, builder, image, weight } = start();
    const frozen = builder.node("Softmax", [image]);
    const y = builder.node("Conv", [frozen, weight("weight", 4, 3, 3, 3)], { attributes });
    assert.deepEqual(added(graph, new Map([[y, y]]), ["weight"]), ["ConvWeightGradient"]);
  });

  it("cost no node beside a trained one: a branch, and an input that is left out", () => {
    const { graph, builder, image, weight } = start();
    const high = builder.scalar(6);
    const frozen = builder.node("Clip", [image, "", high]);
    const trained = builder.node("Conv", [image, weight("weight", 3, 3, 3, 3)], { attributes });
    const [pooled] = builder.nodes("MaxPool", [trained], {
      attributes: { kernel_shape: [1, 1] },
      outputs: ["pooled", ""],
    });
    const later = builder.node("Clip", [image, "", high]);
    const y = builder.node("Sum", [frozen, pooled, later]);
    assert.equal(count(added(graph, new Map([[y, y]]), ["weight"]), "ClipGradient"), 0);
  });

  it("on batch statistics cost no node either", () => {
    const { graph, builder, image, weight } = start();
    const parameters = ["scale", "bias", "mean", "var"].map((name) => weight(name, 3));
    const [normal] = builder.training("BatchNormTraining", [image, ...parameters], {
      attributes: { epsilon: { float: 1e-5 }, momentum: { float: 0.1 } },
      outputs: 5,
    });
    const y = builder.node("Conv", [normal, weight("weight", 4, 3, 3, 3)], { attributes });
    assert.deepEqual(added(graph, new Map([[y, y]]), ["weight"]), ["ConvWeightGradient"]);
  });
});

describe("differentiate", () => {
  it("leaves out what no seed depends on", () => {
    const { graph, seeds } = network();
    graph.initializers.set("unused", float32([1], [0]));
    assert.deepEqual([...differentiate(graph, seeds, ["unused", "fc.bias"]).keys()], ["fc.bias"]);
  });

  it("adds up the gradients of a weight that two layers share", () => {
    const { graph, builder, image, weight } = start();
    const shared = weight("weight", 3, 3, 3, 3);
    const first = builder.node("Conv", [image, shared], { attributes });
    const y = builder.node("Conv", [first, shared], { attributes });
    const ops = added(graph, new Map([[y, y]]), [shared]);
    assert.equal(count(ops, "ConvWeightGradient"), 2);
    assert.equal(count(ops, "Sum"), 1);
  });

  it("gives the gradient of a value in between", () => {
    const { graph, builder, image } = start();
    const between = builder.node("Relu", [image]);
    const y = builder.node("Neg", [between]);
    const gradients = differentiate(graph, new Map([[y, "dY"]]), [between]);
    assert.deepEqual([...gradients.keys()], [between]);
    assert.equal(
      count(
        graph.nodes.map((node) => node.op),
        "ReluGradient",
      ),
      0,
    );
  });

  it("tells an operator without a rule by its name, its node and the operators with one", () => {
    const { graph, builder, image, weight } = start();
    const a = builder.node("Conv", [image, weight("weight", 3, 3, 3, 3)], { attributes });
    const at = builder.initializer("at", int64([1, 1, 1, 1], [0]));
    const y = builder.node("ScatterElements", [a, at, weight("patch", 1, 1, 1, 1)], {
      name: "attention/scores",
    });
    assert.throws(
      () => differentiate(graph, new Map([[y, y]]), ["weight"]),
      (error) => {
        assert.ok(error instanceof UserError);
        for (const word of ["ScatterElements", "attention/scores", "Conv", "Gemm", "MaxPool", "Clip"]) {
          assert.ok(error.message.includes(word), `"${error.message}" names ${word}`);
        }
        return true;
      },
    );
  });

  it("tells an operator that nobody knows in the same way", () => {
    const { graph, builder, image, weight } = start();
    const a = builder.node("Conv", [image, weight("weight", 3, 3, 3, 3)], { attributes });
    const y = builder.node("LRN", [a], { name: "norm1" });
    assert.throws(
      () => differentiate(graph, new Map([[y, y]]), ["weight"]),
      (error) => {
        assert.ok(error instanceof UserError);
        for (const word of ["LRN", "norm1", "Conv", "Gemm", "MaxPool"]) {
          assert.ok(error.message.includes(word), `"${error.message}" names ${word}`);
        }
        return true;
      },
    );
  });
});

it("operators of training are ours alone", () => {
  const { graph, seeds } = network();
  differentiate(graph, seeds, ["conv1.weight", "conv1.bias", "conv2.weight", "fc.weight", "fc.bias"]);
  const training = graph.nodes.filter((node) => node.domain === TRAINING).map((node) => node.op);
  assert.deepEqual([...new Set(training)].sort(), [
    "ConvInputGradient",
    "ConvWeightGradient",
    "MaxPoolGradient",
    "ReluGradient",
  ]);
});
