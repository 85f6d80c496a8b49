import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { engines } from "../../../../test/engines.js";
import type { Engine } from "../../../engines/engine.js";
import { GraphBuilder } from "../../../graph/builder.js";
import { Graph } from "../../../graph/graph.js";
import { float32 } from "../../../graph/tensor.js";
import { adamw } from "./adamw.js";
import type { Optimizer } from "./optimizer.js";
import { sgd } from "./sgd.js";

interface Golden {
  start: number[];
  gradients: number[][];
  rates: number[];
  optimizers: {
    name: "sgd" | "adamw";
    options: {
      weight_decay?: number;
      momentum?: number;
      nesterov?: boolean;
      betas?: [number, number];
      eps?: number;
    };
    weights: number[][];
  }[];
}
const golden: Golden = JSON.parse(await readFile("test/golden/training.json", "utf8"));
const SHAPE = [2, 3];

/** A graph that moves one weight along a gradient that it is fed. */
function updating(optimizer: Optimizer, decays: boolean): Graph {
  const builder = new GraphBuilder(new Graph());
  const { graph } = builder;
  const weight = builder.initializer("weight", float32(SHAPE, golden.start));
  const gradient = builder.input({ name: "gradient", type: "float32", shape: SHAPE });
  const scalars = Object.fromEntries(Object.keys(optimizer.scalars(1, 1)).map((name) => [name, name]));
  for (const name of Object.keys(scalars)) builder.input({ name, type: "float32", shape: [] });
  const slots = Object.fromEntries(
    optimizer.slots.map((slot) => [slot, builder.initializer(slot, float32(SHAPE, new Float32Array(6)))]),
  );
  const next = optimizer.update(builder, { weight, gradient, slots, decays, scalars });
  graph.state.set(weight, next.weight);
  for (const slot of optimizer.slots) graph.state.set(slots[slot], next.slots[slot]);
  builder.output({ name: next.weight, type: "float32", shape: SHAPE });
  return graph;
}

async function run(engine: Engine, optimizer: Optimizer, decays = true): Promise<number[][]> {
  const session = await engine.open();
  const program = await session.compile(updating(optimizer, decays));
  const weights: number[][] = [];
  for (const [i, gradient] of golden.gradients.entries()) {
    const scalars = Object.entries(optimizer.scalars(golden.rates[i], i + 1)).map(
      ([name, value]) => [name, float32([], [value])] as const,
    );
    await program.run({ gradient: float32(SHAPE, gradient), ...Object.fromEntries(scalars) });
    const state = await session.read(["weight"]);
    weights.push(Array.from(state.get("weight")?.data ?? [], Number));
  }
  await session.close();
  return weights;
}

for (const { engine } of engines) {
  for (const { name, options, weights: wanted } of golden.optimizers) {
    const { weight_decay: weightDecay, momentum, nesterov, betas, eps: epsilon } = options;
    test(`${name} ${JSON.stringify(options)} on ${engine.name} moves as PyTorch's`, async () => {
      const optimizer =
        name === "sgd"
          ? sgd({ learningRate: 1, momentum, nesterov, weightDecay })
          : adamw({ learningRate: 1, weightDecay, betas, epsilon });
      const weights = await run(engine, optimizer);
      weights.forEach((row, step) => {
        row.forEach((value, i) => {
          // PyTorch computed in float32: a few roundings of the numbers that are added up.
          const limit = 4e-7 * (1 + Math.abs(wanted[step][i])) * (step + 1);
          const told = `step ${step}, weight ${i}: ${value}, not ${wanted[step][i]}`;
          assert.ok(Math.abs(value - wanted[step][i]) <= limit, told);
        });
      });
    });
  }
}

test("what does not decay moves as without weight decay", async () => {
  const [{ engine }] = engines;
  const plain = await run(engine, adamw({ learningRate: 1, weightDecay: 0 }));
  assert.deepEqual(await run(engine, adamw({ learningRate: 1, weightDecay: 0.5 }), false), plain);
  assert.notDeepEqual(await run(engine, adamw({ learningRate: 1, weightDecay: 0.5 }), true), plain);
});

test("hyper-parameters out of range are refused by name", () => {
  assert.throws(() => sgd({ learningRate: 0.1, momentum: 1 }), /momentum is 1, not in \[0, 1\)/);
  assert.throws(() => sgd({ learningRate: 0.1, nesterov: true }), /nesterov needs a momentum/);
  assert.throws(() => sgd({ learningRate: Number.NaN }), /learningRate is NaN/);
  assert.throws(() => adamw({ learningRate: 0.1, betas: [0.9, 1] }), /betas are \[0.9, 1\]/);
  assert.throws(() => adamw({ learningRate: 0.1, weightDecay: -1 }), /weightDecay is -1/);
});
