// trainingStep: a training step on an engine by name, as the command takes it.
import type { Engine, EngineOptions } from "../engines/engine.js";
import { type EngineName, openEngine } from "../engines/index.js";
import type { Classifier } from "./step/classifier.js";
import { type StepOptions, TrainingStep } from "./step/training-step.js";

/** What a training step does, and on what. */
export interface TrainingStepOptions extends StepOptions, EngineOptions {
  /** Default `auto`: the fastest that works here. */
  engine?: EngineName | Engine;
}

/**
 * Compiles a classifier's training step: `run(images, targets)` computes the loss, differentiates it and
 * moves the weights that are not frozen. The same step as the command's.
 *
 * @throws RangeError for `headLr`, `layerDecay`, `accumulate`, `clip` or `ema` out of their ranges, and where nothing trains
 */
export function trainingStep(
  model: Classifier,
  { engine = "auto", threads, precision, ...options }: TrainingStepOptions,
): Promise<TrainingStep> {
  return TrainingStep.open(
    model,
    options,
    typeof engine === "string" ? (step) => openEngine(engine, { threads, precision }, step) : engine,
  );
}
