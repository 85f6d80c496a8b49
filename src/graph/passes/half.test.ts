// Weights in half the bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphBuilder } from "../builder.js";
import { Graph } from "../graph.js";
import { float32 } from "../tensor.js";
import { halfWeights } from "./half.js";

test("large weights are halved behind a Cast; small ones, and those that no half can hold, are not", () => {
  const builder = new GraphBuilder(new Graph());
  builder.input({ name: "x", type: "float32", shape: ["N", 300] });
  const large = builder.initializer("large", float32([300], new Float32Array(300).fill(1 / 3)));
  const small = builder.initializer("small", float32([1], [1 / 3]));
  const wide = builder.initializer("wide", float32([300], new Float32Array(300).fill(1e6)));
  const sum = [large, small, wide].reduce((x, name) => builder.node("Add", [x, name]), "x");
  builder.output({ name: sum, type: "float32", shape: ["N", 300] });
  const halved = halfWeights(builder.graph);
  assert.deepEqual(
    [...halved.initializers.values()].map(({ type }) => type),
    ["float16", "float32", "float32"],
  );
  assert.deepEqual(
    halved.nodes.map(({ op }) => op),
    ["Cast", "Add", "Add", "Add"],
  );
  assert.equal(halved.nodes[1].inputs[1], halved.nodes[0].outputs[0]);
});
