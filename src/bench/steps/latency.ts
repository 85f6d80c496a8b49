// One picture from its file to its tags, in a process that is warm.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { unmeasured } from "../../bundle/manifest.js";
import { loadBundle } from "../../bundle/predictor.js";
import { writeBundle } from "../../bundle/write.js";
import { readDataset } from "../../data/dataset/read.js";
import { selfCheckImage } from "../../training/run/self-check.js";
import { model, openOurs, type Prepare, temporary } from "./step.js";

export const prepare: Prepare = async (_, ours, settings) => {
  const { threads, data } = settings;
  const set = await readDataset(data);
  const network = await (await model(settings)).network();
  const engine = await openOurs(ours, settings);
  const folder = await temporary();
  const bundle = join(folder, "bundle");
  const labels = Array.from({ length: settings.labels }, (_, i) => `label ${i}`);
  await writeBundle(bundle, {
    network,
    labels,
    thresholds: labels.map(() => 0.5),
    metrics: unmeasured,
    selfCheckImage: await selfCheckImage(set, network.preprocess),
    engine,
  });
  const precision = ours.precision === "bf16" ? "bf16" : "fp32";
  const predictor = await loadBundle(bundle, { engine: ours.engine, precision, threads });
  let next = 0;
  return {
    versions: engine.description,
    items: 1,
    async step() {
      const [{ error }] = await predictor.predict([set.pictures[next++ % set.pictures.length].path]);
      if (error !== undefined) throw new Error(error);
    },
    async end() {
      await predictor.close();
      await rm(folder, { recursive: true });
    },
  };
};
