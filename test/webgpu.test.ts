// WebGPU beside the processor: thirty steps of a small network, and what of a step is left to the processor.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as ort from "onnxruntime-node";
import { type Engine, engineOf } from "../src/engines/engine.js";
import { ortEngine } from "../src/engines/ort/engine.js";
import { OrtSession } from "../src/engines/ort/session.js";
import { DeviceStore } from "../src/engines/webgpu/store.js";
import { bce } from "../src/losses/index.js";
import { sgd } from "../src/training/step/optimizers/sgd.js";
import { trainingStep } from "../src/training/training-step.js";
import { engines } from "./engines.js";
import { goldenImages, goldenTargets, smallClassifier } from "./support/golden-step.js";

const webgpu = engines.find(({ name }) => name === "webgpu");
const skip = webgpu ? false : "npm run webgpu runs it, where there is a graphics device or SwiftShader";

async function lossesOf(engine: Engine, steps: number): Promise<number[]> {
  const model = smallClassifier();
  const optimizer = sgd({ learningRate: 0.05, momentum: 0.9 });
  const step = await trainingStep(model, { loss: bce(), optimizer, engine });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push((await step.run(goldenImages, goldenTargets)).loss);
  await step.close();
  await model.close();
  return losses;
}

test("thirty steps follow the processor's losses", { skip }, async () => {
  const found = await lossesOf((webgpu ?? assert.fail()).engine, 30);
  const wanted = await lossesOf(ortEngine({ threads: 1 }), 30);
  for (const [i, loss] of found.entries()) {
    // The first only rounds otherwise; roundings then grow.
    const limit = i < 5 ? 1e-5 : 1e-3;
    assert.ok(
      Math.abs(loss - wanted[i]) <= limit * wanted[i],
      `loss ${i} is ${loss}, the processor's is ${wanted[i]}`,
    );
  }
  assert.ok(wanted[29] < 0.9 * wanted[0], "the network learns");
});

interface Event {
  readonly name: string;
  readonly args: {
    readonly op_name?: string;
    readonly provider?: string;
    readonly output_type_shape?: readonly Record<string, readonly number[]>[];
  };
}

/** The largest of what a node gives, in elements. */
const sizeOf = ({ args }: Event) =>
  Math.max(
    0,
    ...(args.output_type_shape ?? []).map((one) => Object.values(one)[0].reduce((size, n) => size * n, 1)),
  );

test("nothing of a step that is larger than its logits is left to the processor", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "multihot-webgpu-"));
  const models: ort.InferenceSession[] = [];
  const create = async (model: Uint8Array, options?: ort.InferenceSession.SessionOptions) => {
    const made = await ort.InferenceSession.create(model, options);
    models.push(made);
    return made;
  };
  const runtime = {
    ort: { Tensor: ort.Tensor, InferenceSession: { create } },
    provider: "webgpu",
    threads: 1,
    fillsOutputs: false,
    options: { enableProfiling: true, profileFilePrefix: join(folder, "ort") },
  };
  const open = async () => new OrtSession(runtime, undefined, new DeviceStore(runtime));
  const model = smallClassifier();
  const step = await trainingStep(model, {
    loss: bce(),
    optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
    engine: engineOf({ name: "webgpu", description: "WebGPU, watched", open }),
  });
  for (let i = 0; i < 2; i++) await step.run(goldenImages, goldenTargets);
  for (const one of models) one.endProfiling();
  const events: Event[] = readdirSync(folder).flatMap((name) =>
    JSON.parse(readFileSync(join(folder, name), "utf8")),
  );
  await step.close();
  await model.close();
  rmSync(folder, { recursive: true });
  const computed = events.filter(({ name }) => name.endsWith("_kernel_time"));
  const onDevice = computed.filter(({ args }) => args.provider === "WebGpuExecutionProvider");
  const logits = goldenTargets.length;
  const left = computed
    .filter((event) => !onDevice.includes(event) || event.args.op_name === "MemcpyToHost")
    .filter((event) => sizeOf(event) > logits)
    .map((event) => `${event.name} of ${sizeOf(event)} elements`);
  assert.ok(onDevice.length > 100, `${onDevice.length} nodes ran on the device`);
  assert.deepEqual(left, []);
});
