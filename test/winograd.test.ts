// Winograd's filtering on ONNX Runtime: convolutions that are large enough for it, and their gradients, against float64.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { random } from "../src/base/random.js";
import { ortEngine } from "../src/engines/ort/engine.js";
import { suitsWinograd } from "../src/engines/ort/lower/winograd.js";
import { GraphBuilder } from "../src/graph/builder.js";
import { windowOf } from "../src/graph/convolution.js";
import { differentiate } from "../src/graph/gradient/differentiate.js";
import { Graph } from "../src/graph/graph.js";
import { float32, sizeOf } from "../src/graph/tensor.js";
import { distanceBetween } from "./golden/cases.js";
import { referenceEngine } from "./reference/engine.js";

const CHANNELS = 128;
const FILTERS = 130;
const [HEIGHT, WIDTH] = [6, 9];
/** Of each convolution: top, left, bottom, right. Sizes that do and do not divide into tiles. */
const pads = [
  [1, 1, 1, 1],
  [2, 0, 1, 1],
];
const stream = random(1, "winograd");
const drawn = (shape: readonly number[], scale = 1) =>
  float32(
    [...shape],
    Float32Array.from({ length: sizeOf(shape) }, () => scale * stream.normal()),
  );

/** Two convolutions of one input, the first with a bias, and all their gradients; the weights are state. */
function graphOfTwo(): Graph {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const x = builder.input({ name: "x", type: "float32", shape: ["N", CHANNELS, HEIGHT, WIDTH] });
  const bias = builder.initializer("bias", drawn([FILTERS]));
  const wanted = [x, bias];
  const seeds = new Map<string, string>();
  pads.forEach(([top, left, bottom, right], i) => {
    const w = builder.initializer(`w${i}`, drawn([FILTERS, CHANNELS, 3, 3], 0.03));
    const y = builder.node("Conv", i === 0 ? [x, w, bias] : [x, w], {
      attributes: { kernel_shape: [3, 3], pads: [top, left, bottom, right] },
    });
    const shape = ["N", FILTERS, HEIGHT + top + bottom - 2, WIDTH + left + right - 2];
    builder.output({ name: y, type: "float32", shape });
    seeds.set(y, builder.input({ name: `dy${i}`, type: "float32", shape }));
    wanted.push(w);
    graph.state.set(w, w);
    assert.ok(
      suitsWinograd({
        window: windowOf(graph.nodes[i]),
        weight: [FILTERS, CHANNELS, 3, 3],
        inputSize: [HEIGHT, WIDTH],
        outputSize: [Number(shape[2]), Number(shape[3])],
      }),
    );
  });
  const gradients = differentiate(graph, seeds, wanted);
  for (const [value, gradient] of gradients) {
    const shape = value === "x" ? graph.inputs[0].shape : (graph.initializers.get(value)?.shape ?? []);
    builder.output({ name: gradient, type: "float32", shape });
  }
  return graph;
}

describe("Winograd's filtering of standard operators", () => {
  it("is a convolution with its gradients, for any number of images", async () => {
    const graph = graphOfTwo();
    const program = await ortEngine({ threads: 2 }).compile(graph);
    const oracle = await referenceEngine().compile(graph);
    for (const images of [1, 2]) {
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name, shape }) => [name, drawn([images, ...shape.slice(1).map(Number)])]),
      );
      const [results, expected] = [await program.run(feeds), await oracle.run(feeds)];
      assert.equal(Object.keys(results).length, 6);
      for (const [name, tensor] of Object.entries(expected)) {
        const distance = distanceBetween(results[name], tensor);
        assert.deepEqual(results[name].shape, tensor.shape);
        assert.ok(distance < 5e-6, `${name} is ${distance} off`);
      }
    }
    await program.close();
  });
});
