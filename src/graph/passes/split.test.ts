import assert from "node:assert/strict";
import { test } from "node:test";
import { referenceEngine } from "../../../test/reference/engine.js";
import { GraphBuilder } from "../builder.js";
import { Graph } from "../graph.js";
import { float32 } from "../tensor.js";
import { splitFrozen } from "./split.js";

/** Two layers with a shortcut around the second, a constant part, and a classifier. */
function network(): Graph {
  const builder = new GraphBuilder(new Graph());
  const weight = (name: string) =>
    builder.initializer(
      name,
      float32(
        [3, 3],
        Array.from({ length: 9 }, (_, i) => Math.sin(i + name.length)),
      ),
    );
  builder.input({ name: "image", type: "float32", shape: ["N", 3] });
  const scale = builder.node("Sqrt", [weight("scale")], { outputs: ["root"] });
  const first = builder.node("Relu", [builder.node("MatMul", ["image", weight("first")])], {
    outputs: ["a"],
  });
  const second = builder.node("Add", [builder.node("MatMul", [first, weight("second")]), first], {
    outputs: ["b"],
  });
  const third = builder.node("Mul", [second, builder.node("ReduceSum", [scale])], { outputs: ["c"] });
  builder.node("Gemm", [third, weight("head")], { outputs: ["logits"] });
  builder.output({ name: "logits", type: "float32", shape: ["N", 3] });
  return builder.graph;
}

const names = (values: readonly { name: string }[]) => values.map(({ name }) => name);

test("the frozen part ends at the last values that no trainable weight has touched", () => {
  for (const [trainable, frontier] of [
    ["head", ["c"]],
    ["second", ["a"]],
    ["scale", ["b"]],
  ] as const) {
    const halves = splitFrozen(network(), new Set([trainable]));
    assert.deepEqual(names(halves?.trunk.outputs ?? []), frontier);
    assert.deepEqual(names(halves?.rest.inputs ?? []), frontier);
    assert.ok(!halves?.trunk.initializers.has(trainable));
    assert.ok(halves?.rest.initializers.has(trainable));
  }
});

test("both halves in a row compute what the whole does", async () => {
  const engine = referenceEngine();
  const image = float32([2, 3], [0.1, -0.5, 2, 1, 0.7, -3]);
  const [whole] = Object.values(await (await engine.compile(network())).run({ image }));
  for (const trainable of ["head", "second", "scale"]) {
    const halves = splitFrozen(network(), new Set([trainable]));
    assert.ok(halves);
    const kept = await (await engine.compile(halves.trunk)).run({ image });
    const { logits } = await (await engine.compile(halves.rest)).run(kept);
    assert.deepEqual(logits.data, whole.data);
  }
});

test("there is no split where the first layer trains, or nothing does", () => {
  assert.equal(splitFrozen(network(), new Set(["first"])), undefined);
  assert.equal(splitFrozen(network(), new Set(["first", "head"])), undefined);
  assert.equal(splitFrozen(network(), new Set()), undefined);
});

test("there is no split at a value that is not one row a picture", () => {
  const graph = network();
  const builder = new GraphBuilder(graph);
  graph.outputs = [];
  const sum = builder.node("ReduceSum", ["c"], { attributes: { keepdims: 1 } });
  const added = builder.node("Add", ["logits", sum]);
  builder.output({ name: added, type: "float32", shape: ["N", 3] });
  assert.equal(splitFrozen(graph, new Set(["head"])), undefined);
});
