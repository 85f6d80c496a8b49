// train: a whole run, from options to a bundle.
import { UserError } from "../base/errors.js";
import type { Evaluation } from "../bundle/manifest.js";
import { writeBundle } from "../bundle/write.js";
import { lossByName } from "../losses/index.js";
import { weightsOf } from "../models/freeze.js";
import type { Best, Checkpoint, Position } from "./checkpoint.js";
import type { Weights } from "./classifier.js";
import type { DoneEvent, InterruptedEvent, TrainEvent } from "./events.js";
import { writeDataset } from "./hold-out.js";
import type { Hooks } from "./hooks.js";
import { adamw } from "./optimizers/adamw.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import { sgd } from "./optimizers/sgd.js";
import { checkOptions, type Settings, type TrainOptions, withAbsolutePaths } from "./options.js";
import { type Prepared, prepare, summary } from "./prepare.js";
import { Run } from "./run.js";
import type { RunFolder } from "./run-folder.js";
import { selfCheckImage } from "./self-check.js";
import { Sets } from "./sets.js";
import { effectivelyTrainable } from "./step-graph.js";
import { StepProgram } from "./step-program.js";
import { validate, withWeights } from "./validation.js";

export interface TrainHooks {
  onEvent?: (event: TrainEvent) => void;
  /** Ends the run: the batch is finished, everything is saved. */
  signal?: AbortSignal;
}

const beginning: Position = { epoch: 1, step: 0, steps: 0, loss: 0, images: 0 };

function optimizerOf({ optimizer, lr: learningRate, momentum, weightDecay }: Settings): Optimizer {
  return optimizer === "sgd"
    ? sgd({ learningRate, momentum, weightDecay })
    : adamw({ learningRate, weightDecay });
}

/** How many numbers these weights are. */
function numbersIn({ network: { graph } }: Prepared, names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + (graph.initializers.get(name)?.data.length ?? 0), 0);
}

/** What a run has come to. */
interface Outcome {
  /** Those that training has changed, as of the best epoch. */
  weights: Weights;
  evaluation: Evaluation;
  /** 0: as initialised. */
  bestEpoch: number;
}

/**
 * Trains a tagger and writes it as a bundle to `out`/bundle, as `multihot train` does.
 *
 * @returns the last event: done, or interrupted by the signal
 * @throws UserError for options, data or weights that cannot be used, a run folder that is in use, a loss that
 *   is no longer finite
 */
export async function train(
  options: TrainOptions,
  { onEvent = () => undefined, signal }: TrainHooks = {},
): Promise<DoneEvent | InterruptedEvent> {
  const started = performance.now();
  const hooks = { emit: onEvent, signal };
  const prepared = await prepare(withAbsolutePaths(checkOptions(options)), hooks).catch((error: unknown) => {
    throw signal?.aborted
      ? new UserError("Stopped before the run had begun; nothing has been written.")
      : error;
  });
  const { settings, network, folder } = prepared;
  const trainable = effectivelyTrainable(network.graph, prepared.trainable, settings.batchnorm);
  const sets = new Sets(prepared, trainable, hooks);
  try {
    if (!prepared.config) await begin(prepared, sets);
    const checkpoint = folder.checkpoint.exists() ? await folder.checkpoint.load() : undefined;
    const position = checkpoint?.position ?? beginning;
    await folder.rewind(position.epoch);
    onEvent({
      event: "start",
      choices: [...prepared.choices, ...sets.choices],
      settings,
      data: summary(prepared),
      engine: prepared.engine.description,
      trainableParameters: numbersIn(prepared, trainable),
      parameters: numbersIn(prepared, weightsOf(network.graph)),
      resumed: prepared.config && { epoch: position.epoch, step: position.step },
    });
    const outcome = await learn(prepared, sets, hooks, position, checkpoint);
    if ("epoch" in outcome) {
      const { epoch, step } = outcome;
      const how = `The run is saved in ${folder.path}; the same command with --resume goes on with it.`;
      const interrupted: InterruptedEvent = { event: "interrupted", epoch, step, how };
      onEvent(interrupted);
      return interrupted;
    }
    await write(prepared, outcome);
    const done = doneEvent(folder.bundle, outcome, sets.skipped, (performance.now() - started) / 1000);
    onEvent(done);
    return done;
  } finally {
    await sets.close();
  }
}

/** Makes the folder of a new run. */
async function begin(prepared: Prepared, { cached }: Sets): Promise<void> {
  const { folder, settings, fingerprints, engine } = prepared;
  await folder.begin({ format: 1, settings, fingerprints, engine: engine.description, cached });
  if (prepared.heldOut) await writeDataset(folder.validation, prepared.validation);
}

/** Trains from `position` on; returns where the signal has ended it, if it has. */
async function learn(
  prepared: Prepared,
  sets: Sets,
  hooks: Hooks,
  position: Position,
  checkpoint: Checkpoint | undefined,
): Promise<Outcome | Position> {
  const { settings, engine, folder } = prepared;
  const { labels } = prepared.training;
  if (checkpoint?.best && position.epoch > settings.epochs) return outcomeOf(checkpoint.best, folder);
  const fed = await sets.open();
  if (fed === undefined) return position;
  if (settings.epochs === 0) {
    const { graph, batches } = fed.validation;
    const total = batches.pictures;
    const evaluation = await validate(graph, batches, {
      engine,
      labels,
      signal: hooks.signal,
      onProgress: (done) => hooks.emit({ event: "validation", epoch: 0, done, total }),
    });
    if (evaluation === "interrupted") return position;
    if (evaluation === "diverged")
      throw new UserError("The network as initialised gives logits that are not finite.");
    return { weights: new Map(), evaluation, bestEpoch: 0 };
  }
  const step = await StepProgram.compile(engine, fed.training.graph, {
    trainable: prepared.trainable,
    batchnorm: settings.batchnorm,
    loss: lossByName(prepared.loss.name, prepared.loss),
    optimizer: optimizerOf(settings),
  });
  try {
    if (checkpoint) await step.restore(checkpoint.state, position.steps);
    const { best } = checkpoint ?? {};
    const run = new Run({ settings, folder, engine, labels, ...fed, step, position, best, ...hooks });
    const end = await run.toTheEnd();
    return "interrupted" in end ? end.interrupted : outcomeOf(end.best, folder);
  } finally {
    await step.close();
  }
}

async function outcomeOf({ epoch, evaluation }: Best, { checkpoint }: RunFolder): Promise<Outcome> {
  return { weights: await checkpoint.bestWeights(), evaluation, bestEpoch: epoch };
}

async function write(prepared: Prepared, { weights, evaluation }: Outcome): Promise<void> {
  const { network, training, validation, engine, folder } = prepared;
  await writeBundle(folder.bundle, {
    network: { ...network, graph: withWeights(network.graph, weights) },
    labels: training.labels,
    thresholds: training.labels.map(() => 0.5),
    metrics: evaluation,
    selfCheckImage: await selfCheckImage(validation, network.preprocess),
    engine,
  });
}

function doneEvent(
  bundle: string,
  { evaluation, bestEpoch }: Outcome,
  skipped: number,
  seconds: number,
): DoneEvent {
  return {
    event: "done",
    mAP: evaluation.mAP,
    validationLoss: evaluation.loss ?? 0,
    bestEpoch,
    bundle,
    labels: evaluation.labels.map(({ name, positives, averagePrecision }) => ({
      name,
      positives,
      averagePrecision,
    })),
    skipped,
    seconds,
  };
}
