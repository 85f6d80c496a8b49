// Step options: what the settings of a run say of its steps.
import { type LossSpec, lossByName } from "../../losses/index.js";
import type { Stage } from "../../models/stages.js";
import { rateFactors } from "../step/layer-rates.js";
import { adamw } from "../step/optimizers/adamw.js";
import type { Optimizer } from "../step/optimizers/optimizer.js";
import { sgd } from "../step/optimizers/sgd.js";
import type { StepGraphOptions } from "../step/step-graph.js";
import type { Settings } from "./options.js";
import { beginnings, type Phase } from "./phases.js";

function optimizerOf({ optimizer, lr: learningRate, momentum, weightDecay }: Settings): Optimizer {
  return optimizer === "sgd"
    ? sgd({ learningRate, momentum, weightDecay })
    : adamw({ learningRate, weightDecay });
}

/** What decides the steps of a run. */
export interface StepDecisions {
  settings: Settings;
  /** Of the network, the head's first. */
  stages: readonly Stage[];
  phases: readonly Phase[];
  loss: LossSpec;
}

/** @param began the optimizer's steps that had been done when each phase began, up to this one */
export function stepOptions(
  { settings, stages, phases, loss }: StepDecisions,
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
