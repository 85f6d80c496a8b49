// Run: the epochs of a training, from where it is to its end.
import { UserError } from "../base/errors.js";
import type { Evaluation } from "../bundle/manifest.js";
import type { Engine } from "../engines/engine.js";
import type { Graph } from "../graph/graph.js";
import type { Batch, Batches } from "./batches.js";
import type { Best, Position } from "./checkpoint.js";
import type { EpochEvent, TrainEvent } from "./events.js";
import type { Settings } from "./options.js";
import { Pace } from "./pace.js";
import type { RunFolder } from "./run-folder.js";
import { schedules } from "./schedules.js";
import type { StepProgram } from "./step-program.js";
import { validate, withWeights } from "./validation.js";

/** A set, and the graph that takes its batches: the whole network, or what comes behind the frozen trunk. */
export interface Fed {
  readonly batches: Batches;
  readonly graph: Graph;
}

export interface RunParts {
  readonly settings: Settings;
  readonly folder: RunFolder;
  readonly engine: Engine;
  readonly labels: readonly string[];
  readonly training: Fed;
  readonly validation: Fed;
  /** Compiled from `training.graph`, and standing at `position`. */
  readonly step: StepProgram;
  readonly position: Position;
  readonly best: Best | undefined;
  readonly emit: (event: TrainEvent) => void;
  readonly signal: AbortSignal | undefined;
}

const now = () => performance.now() / 1000;

/** Whether an epoch is better than the best so far: by mAP, or by the loss where no label has a positive. */
function isBetter(found: Evaluation, best: Evaluation | undefined): boolean {
  if (best === undefined) return true;
  if (found.mAP !== null && best.mAP !== null) return found.mAP > best.mAP;
  return (found.loss ?? Infinity) < (best.loss ?? Infinity);
}

/** Whether all are finite: 0 · x is 0 for these alone, and a sum is quick over a hundred million weights. */
function areFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * values[i];
  return sum === 0;
}

export class Run {
  private position: Position;
  private best: Best | undefined;
  private readonly rate: (step: number) => number;
  private readonly training = new Pace();
  private readonly validating = new Pace();
  /** When the latest batch ended, in seconds. */
  private clock = now();

  constructor(private readonly parts: RunParts) {
    this.position = { ...parts.position };
    this.best = parts.best;
    const { lr: learningRate, epochs, warmup, schedule } = parts.settings;
    const { steps } = parts.training.batches;
    this.rate = schedules[schedule]({ learningRate, steps: epochs * steps, warmup: warmup * steps });
  }

  /**
   * Trains to the end, or until the signal; what has been done is saved either way.
   * @returns the best epoch at the end; or where the signal has ended it
   * @throws UserError if the loss is no longer finite; the latest checkpoint stays
   */
  async toTheEnd(): Promise<{ best: Best } | { interrupted: Position }> {
    while (this.position.epoch <= this.parts.settings.epochs) {
      if (await this.epoch()) continue;
      await this.save();
      return { interrupted: this.position };
    }
    if (this.best === undefined) throw new Error("A run without an epoch has no best one.");
    return { best: this.best };
  }

  /** What is left of the present epoch, and its validation; false if the signal has ended it. */
  private async epoch(): Promise<boolean> {
    const { training, settings, signal, folder, emit } = this.parts;
    const { epoch, images: before } = this.position;
    const started = now();
    this.clock = started;
    for await (const batch of training.batches.epoch(epoch, this.position.step)) {
      if (signal?.aborted) return false;
      await this.step(batch);
    }
    const trained = now() - started;
    if (signal?.aborted) return false;
    const evaluation = await this.validate();
    if (evaluation === undefined) return false;

    const better = isBetter(evaluation, this.best?.evaluation);
    if (better) this.best = { epoch, evaluation };
    const { loss, images, steps } = this.position;
    const event: EpochEvent = {
      event: "epoch",
      epoch,
      epochs: settings.epochs,
      loss: loss / images,
      validationLoss: evaluation.loss ?? 0,
      mAP: evaluation.mAP,
      imagesPerSecond: (images - before) / trained,
      learningRate: this.rate(epoch * training.batches.steps - 1),
      best: better,
      seconds: now() - started,
    };
    this.position = { epoch: epoch + 1, step: 0, steps, loss: 0, images: 0 };
    await folder.addMetrics(event);
    await this.save();
    emit(event);
    return true;
  }

  private async step({ step, inputs, targets, images }: Batch): Promise<void> {
    const { training, settings, emit } = this.parts;
    const { position } = this;
    const { steps } = training.batches;
    position.step = step + 1;
    const learningRate = this.rate((position.epoch - 1) * steps + step);
    const { loss } = await this.parts.step.run(inputs, targets, learningRate);
    position.steps = this.parts.step.steps;
    if (!Number.isFinite(loss)) throw this.diverged(`The loss is ${loss}`);
    position.loss += loss * images;
    position.images += images;
    const before = this.clock;
    this.clock = now();
    this.training.add(images, this.clock - before);
    emit({
      event: "step",
      epoch: position.epoch,
      epochs: settings.epochs,
      step: step + 1,
      steps,
      loss,
      learningRate,
      imagesPerSecond: this.training.imagesPerSecond,
      secondsLeft: this.secondsLeft(),
    });
  }

  /** undefined if the signal has ended it. */
  private async validate(): Promise<Evaluation | undefined> {
    const { validation, engine, labels, emit, signal, step } = this.parts;
    const { epoch } = this.position;
    const started = now();
    const { pictures } = validation.batches;
    const network = withWeights(validation.graph, await step.weights());
    const evaluation = await validate(network, validation.batches, {
      engine,
      labels,
      signal,
      onProgress: (done) => emit({ event: "validation", epoch, done, total: pictures }),
    });
    if (evaluation === "interrupted") return undefined;
    if (evaluation === "diverged") throw this.diverged("A validation picture's logit is no longer finite");
    this.validating.add(pictures, now() - started);
    return evaluation;
  }

  /** Saves where the run is. */
  private async save(): Promise<void> {
    const { folder, step } = this.parts;
    const { position, best } = this;
    const state = await step.state();
    for (const [name, { data }] of state) {
      if (!areFinite(data as Float32Array)) throw this.diverged(`${name} is no longer finite`);
    }
    await folder.checkpoint.save({ position, state, best }, () => step.weights());
  }

  /** To the end of the run. */
  private secondsLeft(): number | undefined {
    const { training, validation, settings } = this.parts;
    const { epoch, step } = this.position;
    const epochs = settings.epochs - epoch;
    const { steps, pictures } = training.batches;
    const toTrain = this.training.seconds((epochs + 1 - step / steps) * pictures);
    const toValidate = (epochs + 1) * validation.batches.pictures;
    // Before the first validation: forward alone is about a third of a step that trains everything.
    const validating = this.validating.seconds(toValidate) ?? this.training.seconds(toValidate / 3);
    return toTrain === undefined || validating === undefined ? undefined : toTrain + validating;
  }

  private diverged(what: string): UserError {
    const { folder, settings, training } = this.parts;
    const { epoch, step, steps } = this.position;
    const learningRate = this.rate((epoch - 1) * training.batches.steps + step - 1);
    const kept = folder.checkpoint.exists()
      ? `The checkpoint in ${folder.path} is the last good one.`
      : "Nothing had been saved yet.";
    return new UserError(
      `${what} at step ${steps} (epoch ${epoch}, batch ${step}), with a learning rate of ` +
        `${learningRate.toPrecision(3)}: the weights have run away. Try --lr ${Number((settings.lr / 10).toPrecision(2))}, ` +
        `or a longer --warmup, with another --out. ${kept}`,
    );
  }
}
