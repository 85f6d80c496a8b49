// What is profiled: the rows of the benchmark, in this thread.
import { random } from "../../src/base/random.js";
import type { Engine } from "../../src/engines/engine.js";
import { float32, sizeOf, tensor } from "../../src/graph/tensor.js";
import { bce } from "../../src/losses/index.js";
import { type ResnetName, resnet } from "../../src/models/resnet.js";
import { classifier } from "../../src/training/classifier.js";
import { planTrunk } from "../../src/training/input/trunk.js";
import { adamw } from "../../src/training/step/optimizers/adamw.js";
import { sgd } from "../../src/training/step/optimizers/sgd.js";
import { StepProgram } from "../../src/training/step/step-program.js";
import { trainingStep } from "../../src/training/training-step.js";

const LABELS = 20;

export const rowNames = ["inference", "stage", "stage-cached", "all", "frozen"] as const;

export interface Settings {
  readonly row: (typeof rowNames)[number];
  readonly optimizer: "sgd" | "adamw";
  readonly backbone: ResnetName;
  /** Pixels. */
  readonly size: number;
  readonly batch: number;
}

/** Compiles a row; what that returns runs it once. */
export async function prepareRow(
  engine: Engine,
  { row, optimizer: name, backbone, size, batch }: Settings,
): Promise<() => Promise<unknown>> {
  const stream = random(1, "profile");
  const images = Uint8Array.from({ length: batch * size * size * 3 }, () => stream.integer(256));
  const targets = Float32Array.from({ length: batch * LABELS }, () => (stream.uniform() < 0.2 ? 1 : 0));
  const model = classifier(resnet(backbone, { seed: 1 }), { labels: LABELS, size });
  const optimizer =
    name === "adamw"
      ? adamw({ learningRate: 1e-3 })
      : sgd({ learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4 });
  if (row === "inference") {
    const program = await engine.compile((await model.network()).graph);
    return () => program.run({ image: tensor("uint8", [batch, size, size, 3], images) });
  }
  model.freeze(row.startsWith("stage") ? "layer3" : "none");
  if (row === "stage-cached") {
    const trainable = model.trainable();
    const plan = planTrunk((await model.network()).graph, trainable);
    if (plan === undefined) throw new Error("The network has no frozen trunk.");
    const inputs = Object.fromEntries(
      plan.rest.inputs.map((input) => {
        const shape = [batch, ...input.shape.slice(1).map(Number)];
        const values = Float32Array.from({ length: sizeOf(shape) }, () =>
          Math.max(0, stream.uniform() - 0.4),
        );
        return [input.name, float32(shape, values)];
      }),
    );
    const step = await StepProgram.compile(engine, plan.rest, {
      loss: bce(),
      optimizer,
      trainable,
      batchnorm: "batch",
    });
    return () => step.train(inputs, float32([batch, LABELS], targets), optimizer);
  }
  const batchnorm = row === "frozen" ? "frozen" : "batch";
  const step = await trainingStep(model, { loss: bce(), optimizer, engine, batchnorm });
  return () => step.run(images, targets);
}
