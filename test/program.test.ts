// The contract of engines, sessions and programs on every engine: values, queued runs, copies, and errors.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../src/base/errors.js";
import { GraphBuilder } from "../src/graph/builder.js";
import { differentiate } from "../src/graph/gradient/differentiate.js";
import { Graph } from "../src/graph/graph.js";
import { float32, int64, type Tensor } from "../src/graph/tensor.js";
import { engines } from "./engines.js";
import { distanceBetween, draw, graphOf, inputsOf, nameOf, numbers, readCases } from "./golden/cases.js";
import { referenceEngine } from "./reference/engine.js";

/** y = sum · x [N, 2]; after each run sum grows by the mean of x over the batch, and steps by 1. */
function accumulator(): Graph {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const x = builder.input({ name: "x", type: "float32", shape: ["N", 2] });
  const sum = builder.initializer("sum", float32([2], [1, 2]));
  const steps = builder.initializer("steps", int64([], [0]));
  builder.node("Mul", [x, sum], { outputs: ["y"] });
  const mean = builder.node("ReduceMean", [x], { attributes: { axes: [0], keepdims: 0 } });
  builder.node("Add", [sum, mean], { outputs: ["nextSum"] });
  builder.node("Add", [steps, builder.initializer("one", int64([], [1]))], { outputs: ["nextSteps"] });
  builder.output({ name: "y", type: "float32", shape: ["N", 2] });
  graph.state = new Map([
    [sum, "nextSum"],
    [steps, "nextSteps"],
  ]);
  return graph;
}

const list = (tensor: Tensor | undefined) => tensor && [...numbers(tensor)];

for (const { name, engine, exact } of engines) {
  describe(`a program of ${name}`, () => {
    it("uses the old state in a run and replaces it after", async () => {
      const session = await engine.open();
      const program = await session.compile(accumulator());
      const first = await program.run({ x: float32([1, 2], [3, 4]) });
      assert.deepEqual(list(first.y), [3, 8]);
      const second = await program.run({ x: float32([2, 2], [1, 1, 3, 5]) });
      assert.deepEqual(second.y.shape, [2, 2]);
      assert.deepEqual(list(second.y), [4, 6, 12, 30]);
      const state = await session.read();
      assert.deepEqual([...state.keys()].sort(), ["steps", "sum"]);
      assert.deepEqual(list(state.get("sum")), [6, 9]);
      assert.deepEqual(state.get("steps")?.type, "int64");
      assert.deepEqual(list(state.get("steps")), [2]);
      await session.close();
    });

    it("queues runs and the reading and writing of state", async () => {
      const session = await engine.open();
      const program = await session.compile(accumulator());
      const x = float32([1, 2], [1, 1]);
      const answers = await Promise.all([
        program.run({ x }),
        program.run({ x }),
        session.read(["sum"]),
        session.write(new Map([["sum", float32([2], [10, 20])]])),
        program.run({ x }),
      ]);
      assert.deepEqual([answers[0].y, answers[1].y, answers[2].get("sum"), answers[4].y].map(list), [
        [1, 2],
        [2, 3],
        [3, 4],
        [10, 20],
      ]);
      await session.close();
    });

    it("writes the state named and leaves the rest", async () => {
      const session = await engine.open();
      const program = await session.compile(accumulator());
      await program.run({ x: float32([1, 2], [1, 1]) });
      await session.write(new Map([["sum", float32([2], [7, 8])]]));
      const state = await session.read();
      assert.deepEqual(list(state.get("sum")), [7, 8]);
      assert.deepEqual(list(state.get("steps")), [1]);
      await session.close();
    });

    it("refuses a state of another shape or an unknown name, and keeps what it has", async () => {
      const session = await engine.open();
      await session.compile(accumulator());
      await assert.rejects(session.write(new Map([["sum", float32([3], [1, 1, 1])]])), /sum/);
      await assert.rejects(session.write(new Map([["other", float32([2], [1, 1])]])), /other/);
      await assert.rejects(session.read(["other"]), /other/);
      assert.deepEqual(list((await session.read(["sum"])).get("sum")), [1, 2]);
      await session.close();
    });

    it("shares no memory: with the graph, with what it returned, with another program", async () => {
      const graph = accumulator();
      const [session, other] = [await engine.open(), await engine.open()];
      const program = await session.compile(graph);
      await other.compile(graph);
      const x = float32([1, 2], [1, 1]);
      const read = (await session.read(["sum"])).get("sum");
      const written = float32([2], [5, 6]);
      await session.write(new Map([["sum", written]]));
      written.data.fill(99);
      const { y } = await program.run({ x });
      y.data.fill(99 as never);
      assert.deepEqual(list(read), [1, 2]);
      assert.deepEqual(list((await session.read(["sum"])).get("sum")), [6, 7]);
      assert.deepEqual(list((await other.read(["sum"])).get("sum")), [1, 2]);
      assert.deepEqual(list(graph.initializers.get("sum")), [1, 2]);
      assert.deepEqual(list(x), [1, 1], "the input can be used again");
      await session.close();
      await other.close();
    });

    it("may exchange two states, and return the next value of one", async () => {
      const graph = new Graph();
      graph.initializers.set("a", float32([1], [1]));
      graph.initializers.set("b", float32([1], [2]));
      const builder = new GraphBuilder(graph);
      builder.input({ name: "x", type: "float32", shape: ["N"] });
      builder.node("Identity", ["b"], { outputs: ["nextA"] });
      builder.node("Identity", ["a"], { outputs: ["nextB"] });
      builder.node("Mul", ["x", "a"], { outputs: ["y"] });
      builder.output({ name: "nextA", type: "float32", shape: [1] });
      builder.output({ name: "y", type: "float32", shape: ["N"] });
      graph.state = new Map([
        ["a", "nextA"],
        ["b", "nextB"],
      ]);
      const session = await engine.open();
      const program = await session.compile(graph);
      const first = await program.run({ x: float32([2], [1, 10]) });
      assert.deepEqual([first.nextA, first.y].map(list), [[2], [1, 10]]);
      const second = await program.run({ x: float32([1], [1]) });
      assert.deepEqual([second.nextA, second.y].map(list), [[1], [2]]);
      await session.close();
    });

    it("shares a session's values with other programs: one makes, one changes, one only reads", async () => {
      const session = await engine.open();
      const make = await session.compile(makesGradient());
      const change = await session.compile(changesWeight());
      const read = await session.compile(readsWeight());
      const x = float32([2, 40], new Float32Array(80).fill(3));
      const y = async () => list((await read.run({ x })).y)?.slice(0, 2);
      assert.deepEqual(await y(), [0, 3]);
      assert.deepEqual(await make.run({ x }, { fetch: [] }), {}, "nothing is fetched that is not wanted");
      assert.deepEqual(list((await session.read(["g"])).get("g"))?.slice(0, 3), [3, 3, 3]);
      await change.run({ rate: float32([], [0.5]) });
      assert.deepEqual(await y(), [-4.5, -1.5]);
      // Between the two, whoever sums gradients may put others in their place.
      await make.run({ x: float32([1, 40], new Float32Array(40).fill(1)) });
      await session.write(new Map([["g", float32([40], new Float32Array(40).fill(2))]]));
      await change.run({ rate: float32([], [1]) });
      assert.deepEqual(await y(), [-10.5, -7.5]);
      assert.deepEqual(
        [...(await session.read()).keys()],
        ["w"],
        "what is made anew in each run does not last",
      );
      await change.close();
      assert.deepEqual(await y(), [-10.5, -7.5], "a program's end takes no value away");
      await assert.rejects(session.compile(readsWeight(7)), /w/);
      await session.close();
    });

    it("refuses an operator that it cannot run, when it compiles", async () => {
      const graph = new Graph();
      const builder = new GraphBuilder(graph);
      const x = builder.input({ name: "x", type: "float32", shape: ["N", 2] });
      builder.node("NoSuchOperator", [x], { name: "the node", outputs: ["y"] });
      builder.output({ name: "y", type: "float32", shape: ["N", 2] });
      await assert.rejects(engine.compile(graph), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, /NoSuchOperator/);
        return true;
      });
    });

    it("refuses a run without an input or with a wrong shape, and goes on", async () => {
      const session = await engine.open();
      const program = await session.compile(accumulator());
      await assert.rejects(program.run({}), /x/);
      await assert.rejects(program.run({ x: float32([1, 3], [1, 1, 1]) }), /x/);
      assert.deepEqual(list((await program.run({ x: float32([1, 2], [1, 1]) })).y), [1, 2]);
      assert.deepEqual(list((await session.read(["steps"])).get("steps")), [1]);
      await session.close();
    });

    it("trains: two steps of SGD move every weight as the oracle's", async () => {
      const session = await engine.open();
      const program = await session.compile(trainingStep());
      const truth = await referenceEngine().open();
      const oracle = await truth.compile(trainingStep());
      for (const batch of [2, 5]) {
        const feeds = stepFeeds(batch);
        await program.run(feeds);
        await oracle.run(feeds);
      }
      const [found, expected] = [await session.read(), await truth.read()];
      for (const [weight, tensor] of expected) {
        const distance = distanceBetween(found.get(weight) ?? assert.fail(`${weight} is missing`), tensor);
        assert.ok(distance <= (exact ? 0 : 1e-5), `${weight} is ${distance} away`);
        const start = trainingStep().initializers.get(weight) ?? assert.fail();
        assert.ok(distanceBetween(tensor, start) > 1e-3, `${weight} has moved`);
      }
      await session.close();
    });
  });
}

const SIZE = 40;

/** g: the mean of x over the batch; made by each run. */
function makesGradient(): Graph {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const x = builder.input({ name: "x", type: "float32", shape: ["N", SIZE] });
  const g = builder.node("ReduceMean", [x], { attributes: { axes: [0], keepdims: 0 } });
  builder.output({ name: builder.node("Neg", [x]), type: "float32", shape: ["N", SIZE] });
  graph.state.set("g", g);
  return graph;
}

/** w: 0, 1, 2 … */
function withWeight(size = SIZE): GraphBuilder {
  const builder = new GraphBuilder(new Graph());
  builder.initializer(
    "w",
    float32(
      [size],
      Float32Array.from({ length: size }, (_, i) => i),
    ),
  );
  return builder;
}

/** w ← w − rate · g */
function changesWeight(): Graph {
  const builder = withWeight();
  const g = builder.input({ name: "g", type: "float32", shape: [SIZE] });
  const rate = builder.input({ name: "rate", type: "float32", shape: [] });
  builder.graph.state.set("w", builder.node("Sub", ["w", builder.node("Mul", [g, rate])]));
  return builder.graph;
}

/** y = x · w */
function readsWeight(size = SIZE): Graph {
  const builder = withWeight(size);
  const x = builder.input({ name: "x", type: "float32", shape: ["N", size] });
  builder.node("Mul", [x, "w"], { outputs: ["y"] });
  builder.output({ name: "y", type: "float32", shape: ["N", size] });
  builder.graph.state.set("w", "w");
  return builder.graph;
}

const [block] = readCases("graphs.json").filter(({ name }) => name === "residual block on batch statistics");

/** The residual block with its weights as state: SGD with learning rate 1/8 and running statistics. */
function trainingStep(): Graph {
  const graph = graphOf([block]);
  const image = nameOf(block, "image");
  const drawn = inputsOf([block], 1);
  for (const { name } of graph.inputs) if (name !== image) graph.initializers.set(name, drawn[name]);
  graph.inputs = graph.inputs.filter(({ name }) => name === image);
  const logits = graph.outputs.filter(({ name }) => name === nameOf(block, "logits"));
  graph.outputs = logits;
  const statistics = [...graph.initializers.keys()].filter((name) => /\.(mean|var)$/.test(name));
  for (const name of statistics) {
    graph.state.set(
      name,
      name.replace(/(mean|var)$/, (what) => (what === "mean" ? "nextMean" : "nextVar")),
    );
  }
  const builder = new GraphBuilder(graph);
  builder.input({ ...logits[0], name: "dLogits" });
  const weights = [...graph.initializers.keys()].filter((name) => !statistics.includes(name));
  const rate = builder.scalar(0.125, "rate");
  const gradients = differentiate(graph, new Map([[logits[0].name, "dLogits"]]), weights);
  for (const [weight, gradient] of gradients) {
    graph.state.set(weight, builder.node("Sub", [weight, builder.node("Mul", [gradient, rate])]));
  }
  return graph;
}

function stepFeeds(batch: number) {
  const image = nameOf(block, "image");
  const dLogits = float32(
    [batch, 3],
    draw(1001, batch * 3).map((u) => (2 * u - 1) / batch),
  );
  return { [image]: inputsOf([block], batch)[image], dLogits };
}
