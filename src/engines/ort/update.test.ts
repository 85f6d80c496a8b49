import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GraphBuilder } from "../../graph/builder.js";
import { Graph } from "../../graph/graph.js";
import { float32, type Tensor } from "../../graph/tensor.js";
import type { Session } from "../engine.js";
import { ortEngine } from "./engine.js";
import { splitUpdate } from "./update.js";

/**
 * A step whose gradient is the mean of x over the batch, clipped to the norm 1:
 * m ← 0.5·m + g;  w ← w − rate·m;  ema ← 0.75·ema + 0.25·w, of the new w.
 */
function clippedStep(): Graph {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const x = builder.input({ name: "x", type: "float32", shape: ["N", 2] });
  const rate = builder.input({ name: "rate", type: "float32", shape: [] });
  const start = float32([2], [1, 2]);
  const w = builder.initializer("w", start);
  const ema = builder.initializer("ema", start);
  const m = builder.initializer("m", float32([2], [0, 0]));
  const op = (type: string, inputs: string[]) => builder.node(type, inputs);
  const g = builder.node("ReduceMean", [x], { attributes: { axes: [0], keepdims: 0 } });
  const squares = builder.node("ReduceSum", [op("Mul", [g, g])], { attributes: { keepdims: 0 } });
  const factor = op("Reciprocal", [op("Max", [op("Sqrt", [squares]), builder.scalar(1)])]);
  const nextM = op("Add", [op("Mul", [m, builder.scalar(0.5)]), op("Mul", [g, factor])]);
  const nextW = op("Sub", [w, op("Mul", [nextM, rate])]);
  const kept = op("Mul", [ema, builder.scalar(0.75)]);
  const nextEma = op("Add", [kept, op("Mul", [nextW, builder.scalar(0.25)])]);
  builder.node("Mul", [x, w], { outputs: ["y"] });
  builder.output({ name: "y", type: "float32", shape: ["N", 2] });
  graph.state = new Map([
    [w, nextW],
    [m, nextM],
    [ema, nextEma],
  ]);
  return graph;
}

const list = (tensor: Tensor | undefined) => tensor && [...(tensor.data as Float32Array)];
const valuesOf = async (session: Session) =>
  Object.fromEntries([...(await session.read())].map(([name, value]) => [name, list(value)]));

describe("an update in place", () => {
  it("takes what is element by element, and leaves the norm of the gradient to ONNX Runtime", () => {
    const { graph, updates } = splitUpdate(clippedStep());
    assert.equal(updates.length, 1);
    assert.deepEqual([...updates[0].writes].sort(), ["ema", "m", "w"]);
    assert.equal(graph.state.size, 0);
    assert.ok(graph.nodes.some(({ op }) => op === "ReduceSum"));
    assert.ok(graph.nodes.every(({ op }) => op !== "Sub"));
  });

  it("touches nothing but the sum of the gradients before the last batch of a group", () => {
    const graph = new Graph();
    const builder = new GraphBuilder(graph);
    const [g, last] = [
      builder.input({ name: "g", type: "float32", shape: [2] }),
      builder.input({ name: "last", type: "bool", shape: [] }),
    ];
    const [w, sum] = ["w", "sum"].map((name) => builder.initializer(name, float32([2], [0, 0])));
    const added = builder.node("Add", [sum, g]);
    const moved = builder.node("Sub", [w, added]);
    graph.state = new Map([
      [w, builder.node("Where", [last, moved, w])],
      [sum, builder.node("Where", [last, builder.scalar(0), added])],
    ]);
    builder.node("Identity", [g], { outputs: ["y"] });
    builder.output({ name: "y", type: "float32", shape: [2] });
    const [{ reads, writes, unless }] = splitUpdate(graph).updates;
    assert.deepEqual([...writes].sort(), ["sum", "w"]);
    assert.equal(reads[unless?.read ?? -1].name, "last");
    assert.deepEqual(unless?.rest.writes, ["sum"]);
    assert.deepEqual(unless?.rest.reads.map(({ name }) => name).sort(), ["g", "sum"]);
  });

  it("moves states that depend on each other, and that began as one tensor", async () => {
    const session = await ortEngine({ threads: 1 }).open();
    const program = await session.compile(clippedStep());
    // The mean is [3, 4], of norm 5: clipped to [0.6, 0.8].
    const feeds = { x: float32([2, 2], [2, 3, 4, 5]), rate: float32([], [0.5]) };
    const first = await program.run(feeds);
    assert.deepEqual(list(first.y), [2, 6, 4, 10], "computed with the old weights");
    const close = (found: number[] | undefined, wanted: number[]) =>
      wanted.forEach((value, i) => {
        assert.ok(Math.abs((found?.[i] ?? Number.NaN) - value) < 1e-6, `${found} is not ${wanted}`);
      });
    const one = await valuesOf(session);
    close(one.m, [0.6, 0.8]);
    close(one.w, [0.7, 1.6]);
    close(one.ema, [0.925, 1.9]);
    await program.run(feeds);
    const two = await valuesOf(session);
    close(two.m, [0.9, 1.2]);
    close(two.w, [0.25, 1]);
    close(two.ema, [0.75625, 1.675]);

    // Another program goes on from its state, bit for bit.
    const another = await ortEngine({ threads: 1 }).open();
    const other = await another.compile(clippedStep());
    await another.write(await session.read());
    await Promise.all([program.run(feeds), other.run(feeds)]);
    assert.deepEqual(await valuesOf(another), await valuesOf(session));
    await Promise.all([session.close(), another.close()]);
  });
});
