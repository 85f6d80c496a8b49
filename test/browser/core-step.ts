// A few training steps of a small network, the same in Node and in a page: it imports what needs neither.
import { random } from "../../src/base/random.js";
import type { Engine } from "../../src/engines/engine.js";
import { ortInThread } from "../../src/engines/ort/in-thread.js";
import type { OrtModule } from "../../src/engines/ort/runtime.js";
import { bce } from "../../src/losses/index.js";
import { network } from "../../src/models/network.js";
import { resnet } from "../../src/models/resnet.js";
import { Classifier } from "../../src/training/step/classifier.js";
import { adamw } from "../../src/training/step/optimizers/adamw.js";
import { TrainingStep } from "../../src/training/step/training-step.js";

const [SIZE, LABELS, IMAGES] = [32, 5, 4];

export interface Trained {
  losses: number[];
  /** Of one more forward pass, with the trained weights. */
  logits: number[];
}

/** @param engine as training steps take it */
export async function train(engine: Engine): Promise<Trained> {
  const net = network(resnet("resnet10-small", { seed: 1 }), { labels: LABELS, size: SIZE, seed: 1 });
  const model = new Classifier(net, async () => engine);
  const options = { loss: bce(), optimizer: adamw({ learningRate: 1e-3 }), accumulate: 2, clip: 1, ema: 0.9 };
  const step = await TrainingStep.open(model, options, engine);
  const stream = random(1, "core step");
  const images = Uint8Array.from({ length: IMAGES * SIZE * SIZE * 3 }, () => stream.integer(256));
  const targets = Float32Array.from({ length: IMAGES * LABELS }, () => [0, 1, -1, 0.5][stream.integer(4)]);
  const losses: number[] = [];
  for (let i = 0; i < 6; i++) losses.push((await step.run(images, targets)).loss);
  const logits = [...(await model.forward(images))];
  await step.close();
  await model.close();
  return { losses, logits };
}

/** The same on an ONNX Runtime in the calling thread. */
export const trainInThread = (ort: OrtModule): Promise<Trained> => train(ortInThread(ort));
