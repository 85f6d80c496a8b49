// A step of training behind the frozen trunk, from what is kept of it.
import { UserError } from "../../base/errors.js";
import { shuffled } from "../../data/loader/sampler.js";
import { bce } from "../../losses/index.js";
import { type Batch, FeatureBatches } from "../../training/input/batches.js";
import { inMemory } from "../../training/input/features/chunk.js";
import { Features } from "../../training/input/features/features.js";
import { perPicture, Rows } from "../../training/input/features/rows.js";
import { planTrunk } from "../../training/input/trunk.js";
import { StepProgram } from "../../training/step/step-program.js";
import { model, openOurs, optimizer, type Prepare, stream, targets } from "./step.js";

/** Batches that are kept. */
const KEPT = 4;

export const prepare: Prepare = async ({ freeze = "layer3" }, ours, settings) => {
  const { batch, labels } = settings;
  const engine = await openOurs(ours, settings);
  const network = (await model(settings)).freeze(freeze);
  const trainable = network.trainable();
  const plan = planTrunk((await network.network()).graph, trainable);
  if (plan === undefined) throw new UserError(`Nothing of ${settings.backbone} is frozen up to ${freeze}.`);
  const pictures = KEPT * batch;
  const rows = new Rows(plan.trunk.outputs);
  const drawn = stream();
  const data = new Uint8Array(pictures * rows.bytes);
  for (let i = 0; i < pictures; i++) {
    const parts = plan.trunk.outputs.map((value) =>
      Float32Array.from({ length: perPicture(value) }, () => Math.max(0, drawn.uniform() - 0.4)),
    );
    rows.write(data, i * rows.bytes, parts);
  }
  const there = Array.from({ length: pictures }, () => ({ sha256: null, missing: null }));
  const features = new Features(plan.trunk.outputs, new Map([[1, [inMemory(there, data)]]]), 1, pictures);
  const set = {
    source: "noise",
    labels: Array.from({ length: labels }, (_, i) => `label ${i}`),
    // An epoch on kept features looks whether some of its images are still there: any file will do.
    pictures: there.map((_, i) => ({ path: process.execPath, name: "", row: i })),
    targets: targets(pictures, settings),
  };
  const batches = new FeatureBatches(set, features, { batch, sampler: shuffled(pictures, 1) });
  const step = await StepProgram.compile(engine, plan.rest, {
    loss: bce(),
    optimizer,
    trainable,
    batchnorm: "batch",
  });
  const feed = endless(batches);
  return {
    versions: engine.description,
    items: batch,
    async step() {
      const { inputs, targets } = (await feed.next()).value;
      await step.train(inputs, targets, optimizer);
    },
  };
};

async function* endless(batches: FeatureBatches): AsyncGenerator<Batch, never> {
  for (let epoch = 1; ; epoch++) yield* batches.epoch(epoch);
}
