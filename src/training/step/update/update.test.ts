// Outside truth: PyTorch's weights after the same steps, float64 (test/golden/update.py).
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { engines } from "../../../../test/engines.js";
import { goldenImages, goldenTargets, near, smallClassifier } from "../../../../test/support/golden-step.js";
import type { Engine } from "../../../engines/engine.js";
import { float32, tensor } from "../../../graph/tensor.js";
import { bce } from "../../../losses/index.js";
import { adamw } from "../optimizers/adamw.js";
import { sgd } from "../optimizers/sgd.js";
import type { StepGraphOptions } from "../step-graph.js";
import { StepProgram } from "../step-program.js";

interface Golden {
  factors: Record<string, number>;
  batches: number[][];
  clip: number;
  decay: number;
  runs: {
    what: "rates" | "accumulation" | "clipping" | "average" | "unfreezing";
    optimizer: "sgd" | "adamw";
    norms?: number[];
    weights: Record<string, number[]>;
  }[];
}
const golden: Golden = JSON.parse(await readFile("test/golden/update.json", "utf8"));
const ALL = [0, 1, 2, 3];
const RATE = 0.1;

const optimizers = {
  sgd: sgd({ learningRate: RATE, momentum: 0.9, weightDecay: 0.1 }),
  adamw: adamw({ learningRate: RATE, weightDecay: 0.1 }),
};

/** The step of the golden network; what `options` leave open is as in most golden runs. */
async function compile(
  engine: Engine,
  options: Partial<StepGraphOptions> & Pick<StepGraphOptions, "optimizer">,
): Promise<StepProgram> {
  const model = smallClassifier();
  const { graph } = await model.network();
  return StepProgram.compile(engine, graph, {
    loss: bce(),
    batchnorm: "batch",
    trainable: model.trainable(),
    ...options,
  });
}

function run(step: StepProgram, pictures: number[], last = false) {
  const parts = <T extends Uint8Array | Float32Array>(all: T): T[] =>
    pictures.map((i) => all.subarray((i * all.length) / 4, ((i + 1) * all.length) / 4) as T);
  const image = tensor(
    "uint8",
    [pictures.length, 6, 6, 3],
    Uint8Array.from(parts(goldenImages).flatMap((part) => [...part])),
  );
  const targets = float32(
    [pictures.length, 3],
    parts(goldenTargets).flatMap((part) => [...part]),
  );
  return step.run({ image }, targets, { learningRate: RATE, last });
}

async function compare(step: StepProgram, wanted: Record<string, number[]>, exact: boolean): Promise<void> {
  const weights = await step.weights();
  for (const name of ["conv1.weight", "fc.bias"]) assert.ok(weights.has(name));
  // What is frozen is no state of the step.
  for (const [name, values] of Object.entries(wanted)) {
    const found = weights.get(name)?.data;
    if (found) near(found, values, exact ? 1e-6 : 2e-4, name);
  }
  await step.close();
}

const layerOf = (weight: string) => weight.slice(0, weight.indexOf("."));

for (const { name: engineName, engine, exact } of engines) {
  for (const { what, optimizer: name, norms, weights } of golden.runs) {
    const optimizer = optimizers[name];
    const title = (text: string) => `${name} on ${engineName}: ${text}`;

    if (what === "rates") {
      test(title("each weight learns at its own rate, as PyTorch's parameter groups"), async () => {
        const factors = new Map(Object.keys(weights).map((w) => [w, golden.factors[layerOf(w)]]));
        const step = await compile(engine, { optimizer, factors });
        for (let i = 0; i < 4; i++) await run(step, ALL);
        assert.equal((await step.weights()).size, Object.keys(weights).length);
        await compare(step, weights, exact);
      });
    }

    if (what === "accumulation") {
      test(
        title("groups of batches are as one large batch to PyTorch, unknown targets and all"),
        async () => {
          const step = await compile(engine, { optimizer, batchnorm: "frozen", accumulate: 2 });
          const before = await step.weights();
          for (const [i, batch] of golden.batches.entries()) {
            await run(step, batch, i === golden.batches.length - 1);
            // Nothing at all moves within a group.
            if (i === 0) assert.deepEqual(await step.weights(), before);
          }
          assert.deepEqual(step.progress, { steps: 3, pending: 0 });
          await compare(step, weights, exact);
        },
      );

      test(title("a group goes on bit for bit in another program"), async () => {
        const options = { optimizer, accumulate: 3, clip: 0.2, ema: 0.9 } as const;
        const through = await compile(engine, options);
        const first = await compile(engine, options);
        for (const batch of golden.batches) await run(through, batch);
        for (const batch of golden.batches.slice(0, 2)) await run(first, batch);
        const second = await compile(engine, options);
        await second.restore(await first.state(), first.progress);
        for (const batch of golden.batches.slice(2)) await run(second, batch);
        assert.deepEqual(second.progress, { steps: 1, pending: 2 });
        assert.deepEqual(await second.state(), await through.state());
        for (const step of [through, first, second]) await step.close();
      });
    }

    if (what === "clipping" && norms) {
      test(title("gradients are clipped as by PyTorch's clip_grad_norm_"), async () => {
        const { clip } = golden;
        assert.ok(norms.some((norm) => norm > clip) && norms.some((norm) => norm < clip));
        const step = await compile(engine, { optimizer, clip });
        for (const _ of norms) await run(step, ALL);
        await compare(step, weights, exact);
      });
    }

    if (what === "average") {
      test(title("the weights' average is PyTorch's, running statistics included"), async () => {
        const step = await compile(engine, { optimizer, ema: golden.decay });
        for (let i = 0; i < 5; i++) await run(step, ALL);
        const state = await step.state();
        // The training goes on from the weights themselves, which a checkpoint holds beside their averages.
        assert.notDeepEqual(state.get("fc.weight")?.data, state.get("average.fc.weight")?.data);
        await compare(step, weights, exact);
      });
    }

    if (what === "unfreezing") {
      test(title("layers that begin to learn later do so as PyTorch's, the others go on"), async () => {
        const phases = [["fc"], ["fc", "conv2"], ["fc", "conv2", "conv1"]];
        const since = new Map<string, number>();
        let before: StepProgram | undefined;
        for (const layers of phases) {
          const trainable = new Set(
            Object.keys(weights).filter((weight) => layers.includes(layerOf(weight))),
          );
          const steps = before?.progress.steps ?? 0;
          for (const weight of trainable) if (!since.has(weight)) since.set(weight, steps);
          const step = await compile(engine, { optimizer, batchnorm: "frozen", trainable, since });
          if (before) await step.restore(await before.state(), before.progress);
          for (let i = 0; i < 2; i++) await run(step, ALL);
          await before?.close();
          before = step;
        }
        if (before) await compare(before, weights, exact);
      });
    }
  }
}
