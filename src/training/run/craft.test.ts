// Whole runs with everything that training craft offers. Outside truth for the numbers: update/update.test.ts.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { engines } from "../../../test/engines.js";
import { smallRun } from "../../../test/support/small-run.js";
import { endOf } from "../../../test/support/stopped.js";
import { readOnnx } from "../../graph/onnx.js";
import type { TrainEvent } from "../events/events.js";
import { sentenceOf } from "../recipe/choice.js";
import type { TrainOptions } from "../recipe/options.js";
import { runTraining } from "./train.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-craft-"));
  await smallRun(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

/** 32 pictures to learn from, without BatchNormalization: four epochs of four steps. */
async function run(
  out: string,
  options: Partial<TrainOptions>,
  stopAfter = Infinity,
  onEvent: (event: TrainEvent) => void = () => undefined,
): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  const plain = options.resume
    ? {}
    : {
        backbone: join(folder, "backbone.onnx"),
        freeze: "none",
        size: 32,
        batch: 8,
        epochs: 4,
        lr: 0.01,
        augment: "none" as const,
        precision: "fp32" as const,
        threads: 1,
        workers: 1,
      };
  await endOf(
    runTraining(
      { data: join(folder, "labels.csv"), out: join(folder, out), ...plain, ...options },
      {
        signal: stop.signal,
        onEvent(event) {
          events.push(event);
          onEvent(event);
          if (events.filter((e) => e.event === "step").length >= stopAfter) stop.abort();
        },
      },
    ),
    stop.signal,
  );
  return events;
}

const only = <K extends TrainEvent["event"]>(events: TrainEvent[], kind: K) =>
  events.filter((event): event is Extract<TrainEvent, { event: K }> => event.event === kind);

async function weights(out: string): Promise<Map<string, number[]>> {
  const { initializers } = readOnnx(await readFile(join(folder, out, "bundle", "model.onnx")));
  return new Map([...initializers].map(([name, { data }]) => [name, Array.from(data, Number)]));
}

const everything = {
  layerDecay: 0.5,
  headLr: 0.03,
  unfreeze: 2,
  accumulate: 3,
  clip: 0.5,
  ema: 0.9,
  patience: 4,
  sampling: "class-aware",
  mixup: 0.4,
  cutmix: 1,
  randAugment: "2,9",
  progressive: 16,
} as const;

for (const { name } of engines.filter(({ name }) => name !== "reference")) {
  test(`with everything on, ${name} resumes to the same bits from any place`, async () => {
    const engine = name as "ort" | "onednn";
    const through = await run(`${name}-through`, { ...everything, engine });
    const [start] = only(through, "start");
    assert.match(start.choices.map(sentenceOf).join("\n"), /learning rates: classifier 0\.03, conv 0\.005/);
    assert.match(
      start.choices.map(sentenceOf).join("\n"),
      /classifier learns alone, .* then conv from epoch 3 on/,
    );
    // The frozen part ran once, and only for the first phase.
    assert.deepEqual(
      new Set(only(through, "trunk").map(({ set }) => set)),
      new Set(["training", "validation"]),
    );
    // In the middle of a group of batches; at the end of a phase; in the next phase.
    await run(`${name}-broken`, { ...everything, engine }, 2);
    for (const steps of [6, 3]) await run(`${name}-broken`, { resume: true }, steps);
    const last = await run(`${name}-broken`, { resume: true });
    assert.equal(only(last, "done").length, 1);
    assert.deepEqual(await weights(`${name}-broken`), await weights(`${name}-through`));
  });
}

test("a classifier on weights that learn with it begins with logits of a tenth, but as Kaiming's where rates are given", async () => {
  const begun = async (out: string, options: Partial<TrainOptions>) => {
    const [start] = only(await run(out, { engine: "ort", epochs: 1, ...options }), "start");
    const { features } = JSON.parse(await readFile(join(folder, out, "config.json"), "utf8"));
    return { part: start.settings.headInit, features };
  };
  const { part, features } = await begun("quiet", {});
  assert.ok(part < 1 && Math.abs(part * features - 0.1) < 0.01, `${part} of features of ${features}`);
  assert.deepEqual(await begun("given", { weightDecay: 0.01 }), { part: 1, features: undefined });
});

test("four batches of 4, brought together, are as one of 16, with its schedule", async () => {
  await run("parts", { batch: 4, accumulate: 4, engine: "ort" });
  await run("whole", { batch: 16, engine: "ort" });
  const [parts, whole] = [await weights("parts"), await weights("whole")];
  for (const [name, values] of whole) {
    values.forEach((value, i) => {
      const found = parts.get(name)?.[i] ?? Number.NaN;
      assert.ok(
        Math.abs(found - value) <= 1e-4 * (1 + Math.abs(value)),
        `${name}[${i}]: ${found}, not ${value}`,
      );
    });
  }
});

test("with pictures that grow, epochs learn as a run of that size does, and the last size is judged", async () => {
  // By itself it depends on the features' size, and they on the pictures'.
  const options = { engine: "ort", augment: "none", freeze: "none", headInit: 1 } as const;
  const losses = (events: TrainEvent[], epoch: number) =>
    only(events, "step").flatMap((event) => (event.epoch === epoch ? [event.loss] : []));
  const small = await run("small", { ...options, size: 16 });
  const grown = await run("grown", { ...options, progressive: 16 });
  for (const epoch of [1, 2]) assert.deepEqual(losses(grown, epoch), losses(small, epoch));
  assert.notDeepEqual(losses(grown, 3), losses(small, 3));
  const [first, other] = [grown, small].map((events) => only(events, "epoch")[0].validationLoss);
  assert.notEqual(first, other);
  const { inputs } = readOnnx(await readFile(join(folder, "grown", "bundle", "model.onnx")));
  assert.deepEqual(inputs[0].shape.slice(1), [32, 32, 3]);
});

test("each phase opens its threads in its turn and ends them", async () => {
  const alive = new Set<Worker>();
  const count = (worker: Worker) => {
    alive.add(worker);
    worker.once("exit", () => alive.delete(worker));
  };
  process.on("worker", count);
  const atEpoch: number[] = [];
  const phases = { progressive: 16, unfreeze: 1, epochs: 4, batch: 16 } as const;
  await run("phased", { ...phases, engine: "ort" }, Infinity, (event) => {
    if (event.event === "epoch") atEpoch.push(alive.size);
  });
  process.off("worker", count);
  assert.equal(atEpoch.length, 4);
  assert.ok(Math.max(...atEpoch) <= atEpoch[0] + 1, `${atEpoch} threads at the ends of the epochs`);
});

test("a run that gets no better ends when its patience does, and stays ended", async () => {
  const options = {
    lr: 1e-30,
    optimizer: "sgd",
    momentum: 0,
    weightDecay: 0,
    patience: 2,
    engine: "ort",
  } as const;
  const events = await run("waiting", { ...options, epochs: 9 });
  const [done] = only(events, "done");
  assert.deepEqual([done.bestEpoch, done.epoch, only(events, "epoch").length], [1, 3, 3]);
  const again = await run("waiting", { resume: true });
  assert.deepEqual([...new Set(again.map(({ event }) => event))], ["start", "report", "done"]);
});

test("the bundle holds the averaged weights, which lag behind", async () => {
  const head = { head: "average", headInit: 1 } as const;
  const options = { schedule: "constant", warmup: 0, epochs: 1, engine: "ort", ...head } as const;
  await run("plain", options);
  await run("averaged", { ...options, ema: 0.9999 });
  const initial = await run("initial", { epochs: 0, ...head }).then(() => weights("initial"));
  const [plain, averaged] = [await weights("plain"), await weights("averaged")];
  const distance = (all: Map<string, number[]>) => {
    const from = initial.get("classifier.weight") ?? [];
    return Math.hypot(...(all.get("classifier.weight") ?? []).map((value, i) => value - from[i]));
  };
  assert.ok(distance(averaged) > 0 && distance(averaged) < 0.9 * distance(plain));
});
