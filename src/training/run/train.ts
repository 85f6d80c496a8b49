// train: a whole run, from options to a bundle.
import { rm } from "node:fs/promises";
import { UserError } from "../../base/errors.js";
import type { Evaluation } from "../../bundle/manifest.js";
import { measure } from "../../bundle/measure.js";
import { writeBundle } from "../../bundle/write.js";
import type { Dataset, Picture } from "../../data/dataset/dataset.js";
import { csvText } from "../../data/formats/csv-text.js";
import type { Engine } from "../../engines/engine.js";
import { type EngineName, openEngine } from "../../engines/index.js";
import { calibrated } from "../../metrics/index.js";
import { weightsOf } from "../../models/freeze.js";
import type { DoneEvent, InterruptedEvent, TestFigures, TrainEvent } from "../events/events.js";
import type { Hooks } from "../events/hooks.js";
import { Advancing } from "../events/pace.js";
import { summary } from "../input/data-summary.js";
import { PhaseInputs } from "../input/phase-inputs.js";
import { unlearnable } from "../input/unlearnable-labels.js";
import { checkOptions, type TrainOptions, withAbsolutePaths } from "../recipe/options.js";
import { stepOptions } from "../recipe/step-options.js";
import type { Weights } from "../step/classifier.js";
import { effectivelyTrainable } from "../step/step-graph.js";
import { StepProgram } from "../step/step-program.js";
import type { Scores } from "../tuning/scores.js";
import { type Tuning, tune } from "../tuning/tuning.js";
import type { Checkpoint, Position } from "./checkpoint.js";
import { hasStalled } from "./early-stopping.js";
import { Run } from "./epoch-loop.js";
import { type Prepared, prepare } from "./prepare.js";
import { writeReport } from "./report.js";
import { NEAR_COPIES, TRAINING, VALIDATION } from "./run-folder.js";
import { selfCheckImage } from "./self-check.js";
import { measureTestSet } from "./test-set.js";
import { type Validated, validate, withWeights } from "./validation.js";

/** What a run calls, and what stops it. */
export interface TrainHooks {
  /** Called with each event. */
  onEvent?: (event: TrainEvent) => void;
  /** Stops the run: the batch is finished, everything is saved, and the run rejects with the signal's reason. */
  signal?: AbortSignal;
}

const beginning: Position = { epoch: 1, step: 0, steps: 0, pending: 0, began: [], loss: 0, images: 0 };

/** How many numbers these weights are. */
function numbersIn({ network: { graph } }: Prepared, names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + (graph.initializers.get(name)?.data.length ?? 0), 0);
}

/** What a run has come to. */
interface Outcome {
  /** Those that training has changed, as of the best epoch. */
  weights: Weights;
  evaluation: Evaluation;
  /** Of the validation pictures, by these weights. */
  scores: Scores;
  /** 0: as initialised. */
  bestEpoch: number;
  /** The last epoch that was done. */
  epoch: number;
}

/**
 * `train` as the command has it: its errors name options by their flags.
 * @returns the last event
 * @throws the signal's reason once it has stopped the run
 */
export async function runTraining(
  options: TrainOptions,
  { onEvent = () => undefined, signal }: TrainHooks = {},
): Promise<DoneEvent> {
  const started = performance.now();
  const hooks = { emit: onEvent, signal };
  const prepared = await prepare(withAbsolutePaths(checkOptions(options)), hooks).catch((error: unknown) => {
    // Whatever an aborted step has made of it.
    throw signal?.aborted ? signal.reason : error;
  });
  const { settings, network, folder, config, phases } = prepared;
  // What never has its turn does not learn.
  const { trainable: free } = phases[phases.length - 1];
  const trainable = effectivelyTrainable(network.graph, free, settings.batchnorm);
  const unreadable = new Set<Picture>();
  const sets = phases.map(
    (phase, i) => new PhaseInputs(prepared, phase, hooks, folder.features, config?.cached[i], unreadable),
  );
  try {
    if (!config) await begin(prepared, sets);
    const checkpoint = folder.checkpoint.exists() ? await folder.checkpoint.load() : undefined;
    const position = checkpoint?.position ?? beginning;
    await folder.rewind(position.epoch);
    onEvent({
      event: "start",
      choices: choicesOf(prepared, sets),
      warnings: unlearnable(prepared.training, prepared.validation),
      settings,
      data: summary(prepared.training, prepared.validation),
      engine: prepared.engine.description,
      trainableParameters: numbersIn(prepared, trainable),
      parameters: numbersIn(prepared, weightsOf(network.graph)),
      resumed: config && { epoch: position.epoch, step: position.step },
    });
    const outcome = await learn(prepared, sets, hooks, position, checkpoint);
    if ("step" in outcome) {
      const { epoch, step } = outcome;
      const how = `The run is saved in ${folder.path}; the same command with --resume goes on with it.`;
      const interrupted: InterruptedEvent = { event: "interrupted", epoch, step, how };
      onEvent(interrupted);
      throw signal?.reason;
    }
    const written = { ...(await write(prepared, outcome)), test: await measureTestSet(prepared, hooks) };
    await rm(folder.features, { recursive: true, force: true });
    const report = await writtenReport(prepared, { ...outcome, ...written }, hooks);
    const done = doneEvent(
      folder.bundle,
      { ...outcome, ...written },
      report,
      unreadable.size,
      (performance.now() - started) / 1000,
    );
    onEvent(done);
    return done;
  } finally {
    await folder.close();
  }
}

const choicesOf = ({ choices }: Prepared, sets: readonly PhaseInputs[]) => [
  ...choices,
  ...sets.flatMap(({ choices }) => choices),
];

/** Makes the folder of a new run. */
async function begin(prepared: Prepared, sets: readonly PhaseInputs[]): Promise<void> {
  const { folder, settings, fingerprints, engine, features } = prepared;
  const cached = sets.map(({ cached }) => cached);
  const files = new Map<string, string>();
  if (prepared.heldOut) {
    files.set(TRAINING, csvText(prepared.training, folder.path));
    files.set(VALIDATION, csvText(prepared.validation, folder.path));
    files.set(NEAR_COPIES, `${JSON.stringify(prepared.nearCopies, null, 2)}\n`);
  }
  const choices = choicesOf(prepared, sets);
  const settled = { settings, fingerprints, engine: engine.description, features, cached, choices };
  await folder.begin({ format: 1, ...settled }, files);
}

/** Trains from `position` on, phase after phase; returns where the signal has ended it, if it has. */
async function learn(
  prepared: Prepared,
  sets: readonly PhaseInputs[],
  hooks: Hooks,
  position: Position,
  checkpoint: Checkpoint | undefined,
): Promise<Outcome | Position> {
  const { settings, engine, folder, phases, training, loss } = prepared;
  if (settings.epochs === 0) return (await untrained(prepared, sets[0], hooks)) ?? position;
  const waitsFrom = phases[phases.length - 1].first;
  const { patience } = settings;
  let { best, state } = checkpoint ?? {};
  for (const [i, phase] of phases.entries()) {
    const stalled = hasStalled(best, { patience, done: position.epoch - 1, from: waitsFrom });
    if (position.epoch > phase.last || stalled) continue;
    if (position.began.length === i) {
      position = { ...position, began: [...position.began, position.steps] };
    }
    const inputs = sets[i];
    let step: StepProgram | undefined;
    try {
      const fed = await inputs.open();
      if (fed === undefined) return position;
      const options = stepOptions(prepared, phase, position.began);
      step = await StepProgram.compile(engine, fed.training.graph, options);
      if (state) await step.restore(state, position);
      const run = new Run({
        ...hooks,
        ...fed,
        settings,
        folder,
        loss,
        labels: training.labels,
        last: phase.last,
        waitsFrom,
        bundleScores: inputs.givesBundleScores,
        step,
        position,
        best,
      });
      const end = await run.toTheEnd();
      ({ position, best } = run);
      if (end === "interrupted") return position;
      // The next phase goes on with it.
      state = await step.state();
    } finally {
      await step?.close();
      await inputs.close();
    }
  }
  const kept = await folder.checkpoint.best();
  if (kept === undefined) throw new Error("A run without an epoch has no best one.");
  const { epoch: bestEpoch, evaluation, weights } = kept;
  let { scores } = kept;
  if (scores === undefined) {
    scores = (await validateBundle(prepared, sets[sets.length - 1], weights, hooks, bestEpoch))?.scores;
    if (scores) await folder.checkpoint.addScores(scores);
  }
  if (scores === undefined) return position;
  return { weights, evaluation, scores, bestEpoch, epoch: position.epoch - 1 };
}

/** The network as initialised, validated; undefined if the signal has ended it. */
async function untrained(prepared: Prepared, sets: PhaseInputs, hooks: Hooks): Promise<Outcome | undefined> {
  const weights: Weights = new Map();
  const validated = await validateBundle(prepared, sets, weights, hooks, 0);
  return validated && { weights, ...validated, bestEpoch: 0, epoch: 0 };
}

/** Bundles predict in float32, whatever they were trained in. */
function predictingEngine({ settings, engine }: Prepared): Promise<Engine> {
  return openEngine(engine.name as EngineName, { threads: settings.threads, precision: "fp32" });
}

/** Runs what the bundle with these weights will be over the validation pictures; undefined if the signal has ended it. */
async function validateBundle(
  prepared: Prepared,
  sets: PhaseInputs,
  weights: Weights,
  { emit, signal }: Hooks,
  epoch: number,
): Promise<Validated | undefined> {
  const batches = sets.pictures("validation");
  const advancing = new Advancing(batches.pictures);
  const engine = await predictingEngine(prepared);
  const program = await engine.compile(withWeights(prepared.network.graph, weights));
  const validated = await validate(program, batches, {
    labels: prepared.training.labels,
    loss: prepared.loss,
    signal,
    onProgress: (done) => emit({ event: "validation", epoch, ...advancing.to(done) }),
  }).finally(async () => {
    await program.close();
    await sets.close();
  });
  if (validated === "interrupted") return undefined;
  if (validated === "diverged") {
    throw new UserError("The network gives logits that are not finite.", [], { code: "DIVERGED" });
  }
  return validated;
}

/** What is chosen on the validation pictures, and the bundle's figures with it. */
interface Written {
  tuning: Tuning;
  metrics: Evaluation;
  test: TestFigures | undefined;
}

async function write(prepared: Prepared, { weights, scores }: Outcome): Promise<Omit<Written, "test">> {
  const { network, training, validation, settings, folder, loss } = prepared;
  const { labels } = training;
  const tuning = tune(scores, labels.length, settings);
  const { thresholds, thresholdFor, calibration } = tuning;
  const logits = calibration ? calibrated(scores.logits, calibration) : scores.logits;
  const metrics = measure(logits, scores.targets, { images: scores.images, labels, thresholds, loss });
  await writeBundle(folder.bundle, {
    network: { ...network, graph: withWeights(network.graph, weights) },
    labels,
    thresholds,
    thresholdFor,
    calibration: calibration ?? undefined,
    loss,
    metrics,
    selfCheckImage: await selfCheckImage(validation, network.preprocess),
    seen: { training: pathsOf(training), validation: pathsOf(validation) },
    trained: {
      trainingImages: training.pictures.length,
      trainingPositives: summary(training, validation).positives,
    },
    engine: await predictingEngine(prepared),
  });
  await folder.writeTuning(tuning, labels);
  return { tuning, metrics };
}

const pathsOf = ({ pictures }: Dataset) => pictures.map(({ path }) => path);

/** A report that cannot be written costs neither the run nor its bundle. */
async function writtenReport(
  { folder, training, validation, heldOut, loss }: Prepared,
  { scores, tuning, test, bestEpoch, epoch }: Outcome & Written,
  { emit }: Hooks,
): Promise<DoneEvent["report"]> {
  const sets = { training, validation, heldOut, test };
  const parts = { ...sets, loss, scores, tuning, bestEpoch, done: epoch, ended: true };
  const onProgress = (done: number, total: number) => emit({ event: "report", done, total });
  try {
    return { path: await writeReport(folder, parts, onProgress) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function doneEvent(
  bundle: string,
  { evaluation, bestEpoch, epoch, tuning, metrics, test }: Outcome & Written,
  report: DoneEvent["report"],
  skipped: number,
  seconds: number,
): DoneEvent {
  return {
    event: "done",
    mAP: metrics.mAP,
    validationLoss: evaluation.loss ?? 0,
    bestEpoch,
    epoch,
    bundle,
    labels: metrics.labels,
    macroF1: metrics.macroF1,
    microF1: metrics.microF1,
    tuning,
    test,
    report,
    skipped,
    seconds,
  };
}
