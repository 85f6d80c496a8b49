// Shapes that a file computes are folded, for any number of images.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphBuilder } from "../src/graph/builder.js";
import { Graph } from "../src/graph/graph.js";
import { foldSizes } from "../src/graph/passes/sizes.js";
import { inferShapes } from "../src/graph/shapes.js";
import { float32, int64 } from "../src/graph/tensor.js";
import { draw, numbers } from "./golden/cases.js";
import { referenceEngine } from "./reference/engine.js";

/** As exporters write a vision transformer's stem: patches in a row, and a class token before them. */
function tokens(): Graph {
  const builder = new GraphBuilder(new Graph());
  const { graph } = builder;
  builder.input({ name: "x", type: "float32", shape: ["N", 4, 6, 6] });
  const size = (axis: number) => {
    const at = builder.initializer("at", int64([], [axis]));
    return builder.node("Gather", [builder.node("Shape", ["x"]), at]);
  };
  const scalar = (value: number) => builder.initializer("number", int64([], [value]));
  const listed = (...sizes: string[]) => {
    const parts = sizes.map((one) => builder.node("Unsqueeze", [one, builder.ints([0])]));
    return builder.node("Concat", parts, { attributes: { axis: 0 } });
  };
  const rows = builder.node("Div", [size(2), scalar(2)]);
  const columns = builder.node("Mul", [rows, scalar(12)]);
  const flat = builder.node("Reshape", [
    "x",
    listed(size(0), size(1), builder.node("Mul", [size(2), size(3)])),
  ]);
  const turned = builder.node("Transpose", [flat], { attributes: { perm: [0, 2, 1] } });
  const token = builder.initializer("token", float32([1, 1, 4], [1, 2, 3, 4]));
  // Where no size is −1, which means "as it is" to PyTorch's expand.
  const wanted = listed(size(0), scalar(-1), scalar(-1));
  const ones = builder.node("ConstantOfShape", [builder.ints([3])], {
    attributes: { value: { tensor: int64([1], [1]) } },
  });
  const minus = builder.node("Mul", [ones, scalar(-1)]);
  const target = builder.node("Where", [builder.node("Equal", [wanted, minus]), ones, wanted]);
  const expanded = builder.node("Expand", [token, target]);
  const joined = builder.node("Concat", [expanded, turned], { attributes: { axis: 1 } });
  const cut = [builder.ints([0]), builder.node("Unsqueeze", [columns, builder.ints([0])]), builder.ints([1])];
  const part = builder.node("Slice", [joined, ...cut]);
  const windows = builder.node("Mul", [size(0), scalar(2)]);
  const y = builder.node("Reshape", [part, listed(windows, scalar(-1), size(1))]);
  builder.output({ name: y, type: "float32", shape: [] });
  return graph;
}

test("sizes become numbers, and a Reshape says 0 or −1 for the number of images", async () => {
  const graph = tokens();
  const folded = foldSizes(graph);
  const [{ name }] = graph.outputs;
  assert.deepEqual(inferShapes(graph).get(name)?.shape, ["N*2", 18, 4]);
  assert.deepEqual(
    folded.nodes.map(({ op }) => op),
    ["Shape", "Concat", "Reshape", "Transpose", "Expand", "Concat", "Slice", "Reshape"],
  );
  for (const batch of [1, 2, 5]) {
    const x = float32([batch, 4, 6, 6], draw(3, batch * 144));
    const [expected, found] = await Promise.all(
      [graph, folded].map(async (one) => (await (await referenceEngine().compile(one)).run({ x }))[name]),
    );
    assert.deepEqual(found.shape, expected.shape);
    assert.deepEqual(numbers(found), numbers(expected));
  }
});

test("a weight as small as a list of sizes stays one", () => {
  const builder = new GraphBuilder(new Graph());
  builder.input({ name: "x", type: "float32", shape: ["N", 2] });
  const shape = builder.node("Shape", ["x"]);
  const weight = builder.initializer("weight", float32([2], [1, 2]));
  const scaled = builder.node("Mul", [weight, builder.scalar(2)]);
  const y = builder.node("Reshape", [builder.node("Mul", ["x", scaled]), shape]);
  builder.output({ name: y, type: "float32", shape: ["N", 2] });
  const folded = foldSizes(builder.graph);
  assert.deepEqual(
    folded.nodes.map(({ op }) => op),
    ["Mul", "Mul", "Reshape"],
  );
});
