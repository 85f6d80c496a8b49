// The general passes, each on a graph where it has something to do and something to leave.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GraphBuilder } from "../builder.js";
import { Graph } from "../graph.js";
import { float32, int64 } from "../tensor.js";
import { foldConstants } from "./constants.js";
import { dropIdentities } from "./identities.js";
import { prune } from "./prune.js";
import { renameValues } from "./rename.js";

function started(): GraphBuilder {
  const builder = new GraphBuilder(new Graph());
  builder.input({ name: "x", type: "float32", shape: ["N", 2] });
  return builder;
}

function ending(builder: GraphBuilder, name: string): Graph {
  builder.output({ name, type: "float32", shape: ["N", 2] });
  return builder.graph;
}

const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);

describe("prune", () => {
  test("drops nodes, initializers and, if asked, inputs from which no output can be reached", () => {
    const builder = started();
    builder.input({ name: "unused", type: "float32", shape: ["N"] });
    const kept = builder.node("Add", ["x", builder.scalar(1, "one")], { name: "kept" });
    builder.node("Mul", [kept, builder.scalar(2, "two")], { name: "dead" });
    const graph = ending(builder, kept);
    const pruned = prune(graph);
    assert.deepEqual(ops(pruned), ["Add"]);
    assert.deepEqual([...pruned.initializers.keys()], ["one"]);
    assert.deepEqual(
      pruned.inputs.map(({ name }) => name),
      ["x", "unused"],
    );
    assert.deepEqual(
      prune(graph, { keepInputs: false }).inputs.map(({ name }) => name),
      ["x"],
    );
    assert.equal(graph.nodes.length, 2, "the graph itself is unchanged");
  });

  test("keeps the state and what makes its next value", () => {
    const builder = started();
    const y = builder.node("Relu", ["x"]);
    const weight = builder.initializer("weight", float32([2], [1, 2]));
    const next = builder.node("Add", [weight, weight]);
    builder.graph.state.set(weight, next);
    const pruned = prune(ending(builder, y));
    assert.deepEqual(ops(pruned), ["Relu", "Add"]);
    assert.deepEqual([...pruned.initializers.keys()], ["weight"]);
  });
});

describe("foldConstants", () => {
  test("makes each form of Constant an initializer under its output's name", () => {
    const builder = started();
    const forms = {
      tensor: { value: { tensor: float32([2], [1, 2]) } },
      float: { value_float: { float: 3 } },
      floats: { value_floats: { floats: [4, 5] } },
      int: { value_int: 6 },
      ints: { value_ints: [7, 8] },
    };
    for (const [name, attributes] of Object.entries(forms)) {
      builder.node("Constant", [], { name, outputs: [`${name}.value`], attributes });
    }
    const folded = foldConstants(ending(builder, builder.node("Relu", ["x"])));
    assert.deepEqual(ops(folded), ["Relu"]);
    assert.deepEqual(Object.fromEntries(folded.initializers), {
      "tensor.value": float32([2], [1, 2]),
      "float.value": float32([], [3]),
      "floats.value": float32([2], [4, 5]),
      "int.value": int64([], [6]),
      "ints.value": int64([2], [7, 8]),
    });
  });

  test("parts weights that an exporter had joined by Identity, also through several", () => {
    const builder = started();
    const first = builder.initializer("first", float32([2], [1, 1]));
    const second = builder.node("Identity", [first], { outputs: ["second"] });
    const third = builder.node("Identity", [second], { outputs: ["third"] });
    const y = builder.node("Mul", [builder.node("Mul", ["x", second]), third]);
    const folded = foldConstants(ending(builder, y));
    assert.deepEqual(ops(folded), ["Mul", "Mul"]);
    assert.deepEqual([...folded.initializers.keys()], ["first", "second", "third"]);
  });

  test("leaves a constant that is an output of the graph", () => {
    const builder = started();
    const attributes = { value_float: { float: 3 } };
    const y = builder.node("Constant", [], { attributes });
    assert.deepEqual(ops(foldConstants(ending(builder, y))), ["Constant"]);
  });
});

describe("dropIdentities", () => {
  test("drops Identity, idle Dropout and Pad by nothing, and joins the ends", () => {
    const builder = started();
    const no = builder.initializer("no", { type: "bool", shape: [], data: Uint8Array.of(0) });
    const ratio = builder.scalar(0.5, "ratio");
    let x = builder.node("Identity", ["x"]);
    x = builder.node("Dropout", [x]);
    x = builder.node("Dropout", [x, ratio, no], { outputs: 2 });
    x = builder.node("Pad", [x, builder.ints([0, 0, 0, 0], "pads")]);
    const graph = dropIdentities(ending(builder, builder.node("Relu", [x])));
    assert.deepEqual(ops(graph), ["Relu"]);
    assert.deepEqual(graph.nodes[0].inputs, ["x"]);
  });

  test("leaves what does something: a training Dropout, a Pad, a mask in use, an output of the graph", () => {
    const builder = started();
    const yes = builder.initializer("yes", { type: "bool", shape: [], data: Uint8Array.of(1) });
    const ratio = builder.scalar(0.5, "ratio");
    let x = builder.node("Dropout", ["x", ratio, yes]);
    x = builder.node("Pad", [x, builder.ints([0, 1, 0, 0], "pads")]);
    const [dropped, mask] = builder.nodes("Dropout", [x], { outputs: 2 });
    x = builder.node("Where", [mask, dropped, x]);
    x = builder.node("Identity", [x]);
    const graph = ending(builder, x);
    assert.deepEqual(ops(dropIdentities(graph)), ["Dropout", "Pad", "Dropout", "Where", "Identity"]);
  });
});

test("renameValues renames a value wherever it stands", () => {
  const builder = started();
  const weight = builder.initializer("w", float32([2], [1, 2]));
  const y = builder.node("Mul", ["x", weight], { outputs: ["y"] });
  const next = builder.node("Add", [weight, weight], { outputs: ["next"] });
  builder.graph.state.set(weight, next);
  const names = { x: "input", w: "weight", y: "output", next: "weight.next" };
  const renamed = renameValues(ending(builder, y), new Map(Object.entries(names)));
  assert.equal(renamed.inputs[0].name, "input");
  assert.equal(renamed.outputs[0].name, "output");
  assert.deepEqual([...renamed.initializers.keys()], ["weight"]);
  assert.deepEqual(
    renamed.nodes.map(({ inputs, outputs }) => [...inputs, ...outputs]),
    [
      ["input", "weight", "output"],
      ["weight", "weight", "weight.next"],
    ],
  );
  assert.deepEqual([...renamed.state], [["weight", "weight.next"]]);
});
