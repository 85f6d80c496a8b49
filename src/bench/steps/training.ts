// A step of training on decoded pictures.
import { bce } from "../../losses/index.js";
import { trainingStep } from "../../training/training-step.js";
import { model, noise, openOurs, optimizer, type Prepare, targets } from "./step.js";

export const prepare: Prepare = async ({ freeze = "none", batchnorm }, ours, settings) => {
  const engine = await openOurs(ours, settings);
  const network = (await model(settings)).freeze(freeze);
  const step = await trainingStep(network, { loss: bce(), optimizer, engine, batchnorm });
  const [images, wanted] = [noise(settings), targets(settings.batch, settings)];
  return {
    versions: engine.description,
    items: settings.batch,
    step: () => step.run(images, wanted),
  };
};
