// Step options: what the settings of a run say of its steps.
import { lossByName } from "../losses/index.js";
import { adamw } from "./optimizers/adamw.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import { sgd } from "./optimizers/sgd.js";
import type { Settings } from "./options.js";
import { beginnings, type Phase } from "./phases.js";
import type { Opened } from "./prepare.js";
import { rateFactors } from "./rates.js";
import type { StepGraphOptions } from "./step-graph.js";

function optimizerOf({ optimizer, lr: learningRate, momentum, weightDecay }: Settings): Optimizer {
  return optimizer === "sgd"
    ? sgd({ learningRate, momentum, weightDecay })
    : adamw({ learningRate, weightDecay });
}

/** @param began the optimizer's steps that had been done when each phase began, up to this one */
export function stepOptions(
  { settings, stages, phases, loss }: Opened,
  { trainable }: Phase,
  began: readonly number[],
): StepGraphOptions {
  const { batchnorm, accumulate, clip, ema } = settings;
  return {
    trainable,
    batchnorm,
    loss: lossByName(loss.name, loss),
    optimizer: optimizerOf(settings),
    factors: rateFactors(stages, settings),
    since: beginnings(phases, began),
    accumulate,
    clip,
    ema,
  };
}
