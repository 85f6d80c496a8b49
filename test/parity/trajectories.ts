// The losses of 30 training steps follow PyTorch's: same start, same batches, same options.

import { runPython } from "../../src/bench/python.js";
import type { Engine } from "../../src/engines/engine.js";
import { bce } from "../../src/losses/index.js";
import { Classifier } from "../../src/training/step/classifier.js";
import { adamw } from "../../src/training/step/optimizers/adamw.js";
import { sgd } from "../../src/training/step/optimizers/sgd.js";
import { trainingStep } from "../../src/training/training-step.js";
import { Exchange } from "./exchange.js";
import { torchvisionResnet } from "./networks.js";
import { type Report, relativeDistance, short } from "./report.js";

const STEPS = 30;

/** As in trajectory.py. */
const optimizers = {
  sgd: sgd({ learningRate: 0.004, momentum: 0.9, weightDecay: 1e-4 }),
  adamw: adamw({ learningRate: 1e-4, weightDecay: 1e-2 }),
};

export async function trajectories(folder: string, report: Report, engine: Engine): Promise<void> {
  for (const [name, optimizer] of Object.entries(optimizers)) {
    await runPython("test/parity/trajectory.py", folder, name, STEPS, 64, 8);
    const theirs = await Exchange.read(folder, "steps");
    const [batches, images, size] = theirs.shape("images");
    const model = new Classifier(await torchvisionResnet(folder, "resnet18", size), async () => engine);
    const step = await trainingStep(model, { loss: bce(), optimizer, engine });
    const pictures = theirs.get("images", "uint8");
    const targets = theirs.get("targets", "float32");
    const losses = theirs.get("losses", "float64");
    let worst = 0;
    for (let i = 0; i < STEPS; i++) {
      const part = <T extends Uint8Array | Float32Array>(all: T) => {
        const length = all.length / batches;
        return all.subarray((i % batches) * length, ((i % batches) + 1) * length) as T;
      };
      const { loss } = await step.run(part(pictures), part(targets));
      // `!(a <= b)` keeps a loss that is not a number.
      const difference = Math.abs(loss / losses[i] - 1);
      if (!(difference <= worst)) worst = difference;
    }
    report.atMost(
      `${STEPS} steps of ${name}, ${images} pictures each, worst relative difference of the loss`,
      worst,
      0.01,
    );
    report.note(`PyTorch's loss fell from ${short(losses[0])} to ${short(losses[STEPS - 1])}`);
    const weights = await model.weights();
    for (const statistic of ["running_mean", "running_var"]) {
      const keys = theirs.keys("running/").filter((key) => key.endsWith(statistic));
      const all = (values: (key: string) => Iterable<number>) => keys.flatMap((key) => [...values(key)]);
      const distance = relativeDistance(
        all((key) => weights.get(key)?.data ?? []),
        all((key) => theirs.get(`running/${key}`, "float32")),
      );
      report.atMost(`relative difference of all ${keys.length} ${statistic} after them`, distance, 0.01);
    }
    await step.close();
    await model.close();
  }
}
