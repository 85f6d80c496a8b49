// Weights in fewer bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphBuilder } from "../builder.js";
import { Graph } from "../graph.js";
import { float32 } from "../tensor.js";
import { byteWeights, halfWeights } from "./pack.js";

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

test("in int8, each slice of a weight uses its own 255 steps, and no value is off by more than half a step", () => {
  const builder = new GraphBuilder(new Graph());
  builder.input({ name: "x", type: "float32", shape: ["N", 200] });
  const values = Float32Array.from({ length: 400 }, (_, i) => (i < 200 ? 1 : 1000) * Math.sin(i));
  values.fill(0, 0, 3);
  const weight = builder.initializer("w", float32([2, 200], values));
  const bias = builder.initializer("b", float32([300], new Float32Array(300)));
  const y = builder.node("Gemm", ["x", weight, bias], { attributes: { transB: 1 } });
  builder.output({ name: y, type: "float32", shape: ["N", 2] });
  const packed = byteWeights(builder.graph);
  assert.deepEqual(
    packed.nodes.map(({ op }) => op),
    ["Cast", "Mul", "Gemm"],
  );
  assert.deepEqual(packed.nodes[2].inputs, ["x", packed.nodes[1].outputs[0], "b"]);
  assert.equal(packed.initializers.get("b")?.type, "float32");
  const { type, data } = packed.initializers.get("w") ?? {};
  assert.equal(type, "int8");
  const scale = packed.initializers.get("w.scale");
  assert.deepEqual(scale?.shape, [2, 1]);
  for (const [i, value] of values.entries()) {
    const step = Number(scale?.data[Math.floor(i / 200)]);
    assert(Math.abs(value - Number(data?.[i]) * step) <= step / 2 + 1e-6 * Math.abs(value));
    assert(step < (i < 200 ? 0.0079 : 7.9));
  }
});
