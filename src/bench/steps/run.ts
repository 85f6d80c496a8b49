// A whole run of a head behind the frozen backbone: from pictures to a bundle.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { runTraining } from "../../training/run/train.js";
import { openOurs, type Prepare, temporary } from "./step.js";

export const prepare: Prepare = async (_, ours, settings) => {
  const { backbone, data, val, epochs, size, threads } = settings;
  const { description } = await openOurs(ours, settings);
  const folder = await temporary();
  const precision = ours.precision === "bf16" ? "bf16" : "fp32";
  const weights = /[\\/.]/.test(backbone) ? undefined : "none";
  let runs = 0;
  return {
    versions: description,
    items: 1,
    step: () =>
      runTraining({
        ...{ data, val, out: join(folder, String(++runs)) },
        ...{ backbone, weights, freeze: "backbone", augment: "none", epochs, size, batch: 32 },
        ...{
          head: "average",
          labelSmoothing: 0,
          optimizer: "adamw",
          lr: 1e-3,
          schedule: "constant",
          warmup: 0,
        },
        ...{ engine: ours.engine, precision, threads, workers: threads },
      }),
    end: () => rm(folder, { recursive: true }),
  };
};
