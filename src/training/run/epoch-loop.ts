// Run: the epochs of a training, from where it is to its end.
import { UserError } from "../../base/errors.js";
import type { Program } from "../../engines/engine.js";
import type { LossSpec } from "../../losses/index.js";
import type { EpochEvent, TrainEvent } from "../events/events.js";
import { Advancing, Pace } from "../events/pace.js";
import type { Batch } from "../input/batches.js";
import type { Fed } from "../input/phase-inputs.js";
import type { Settings } from "../recipe/options.js";
import { schedules } from "../recipe/schedules.js";
import type { StepProgram } from "../step/step-program.js";
import type { Best, NewBest, Position } from "./checkpoint.js";
import { hasStalled, isBetter } from "./early-stopping.js";
import type { RunFolder } from "./run-folder.js";
import { type Validated, validate } from "./validation.js";

export interface RunParts {
  readonly settings: Settings;
  /** The last epoch of its part of the run. */
  readonly last: number;
  /** The epoch from which on waiting for a better one counts. */
  readonly waitsFrom: number;
  readonly folder: RunFolder;
  /** Whether validation gives the scores that the bundle will give. */
  readonly bundleScores: boolean;
  readonly labels: readonly string[];
  readonly loss: LossSpec;
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

/** Some epochs in a row in which the same weights train. */
export class Run {
  position: Position;
  best: Best | undefined;
  private readonly rate: (step: number) => number;
  /** The network of the validation images, with the step's weights. */
  private judge: Promise<Program> | undefined;
  private readonly training = new Pace();
  private readonly validating = new Pace();
  /** When the latest batch ended, in seconds. */
  private clock = now();
  /** When the latest checkpoint was made, in seconds; and its way to the disk. */
  private saved = now();
  private saving: Promise<void> = Promise.resolve();
  private isSaving = false;

  constructor(private readonly parts: RunParts) {
    this.position = { ...parts.position };
    this.best = parts.best;
    const { lr: learningRate, epochs, warmup, schedule } = parts.settings;
    const steps = this.updates;
    this.rate = schedules[schedule]({ learningRate, steps: epochs * steps, warmup: warmup * steps });
  }

  /** Optimizer steps in an epoch. */
  private get updates(): number {
    return Math.ceil(this.parts.training.batches.steps / this.parts.settings.accumulate);
  }

  /**
   * Trains to the last epoch, until no better one has come for long enough, or until the signal; what has been done
   * is saved in any case, and `position` and `best` tell it.
   * @returns whether the signal has ended it
   * @throws UserError if the loss is no longer finite; the latest checkpoint stays
   */
  async toTheEnd(): Promise<"done" | "interrupted"> {
    const { last, waitsFrom: from, settings } = this.parts;
    const stalled = () =>
      hasStalled(this.best, { patience: settings.patience, done: this.position.epoch - 1, from });
    try {
      while (this.position.epoch <= last && !stalled()) {
        if (await this.epoch()) continue;
        await this.save();
        return "interrupted";
      }
      return "done";
    } finally {
      await this.saving;
    }
  }

  /** What is left of the present epoch, and its validation; false if the signal has ended it. */
  private async epoch(): Promise<boolean> {
    const { training, settings, signal, folder, emit, step } = this.parts;
    const { epoch, images: before } = this.position;
    const started = now();
    this.clock = started;
    for await (const batch of training.batches.epoch(epoch, this.position.step)) {
      if (signal?.aborted) return false;
      await this.step(batch);
    }
    const trained = now() - started;
    if (signal?.aborted) return false;
    const validated = await this.validate();
    if (validated === undefined) return false;

    const { evaluation, scores } = validated;
    const better = isBetter(evaluation, this.best?.evaluation);
    if (better) this.best = { epoch, evaluation };
    const { loss, images } = this.position;
    const event: EpochEvent = {
      event: "epoch",
      epoch,
      epochs: settings.epochs,
      loss: loss / images,
      validationLoss: evaluation.loss ?? 0,
      mAP: evaluation.mAP,
      imagesPerSecond: (images - before) / trained,
      learningRate: this.learningRate(epoch, training.batches.steps - 1),
      best: better,
      seconds: now() - started,
    };
    this.position = { ...this.position, epoch: epoch + 1, step: 0, loss: 0, images: 0 };
    await folder.addMetrics(event);
    await this.save(
      better ? { weights: await step.weights(), scores, rough: !this.parts.bundleScores } : undefined,
    );
    emit(event);
    return true;
  }

  private async step({ step, inputs, targets, images }: Batch): Promise<void> {
    const { training, settings, emit, signal } = this.parts;
    const { position } = this;
    const { steps } = training.batches;
    position.step = step + 1;
    const learningRate = this.learningRate(position.epoch, step);
    const last = step + 1 === steps;
    const loss = await this.parts.step.train(inputs, targets, { learningRate, last });
    Object.assign(position, this.parts.step.progress);
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
    // The end of an epoch saves anyway, and a run that is stopped saves once.
    if (this.isDue && step + 1 < steps && !signal?.aborted) await this.save();
  }

  /** Of a batch, from 0, of an epoch, from 1. */
  private learningRate(epoch: number, batch: number): number {
    return this.rate((epoch - 1) * this.updates + Math.floor(batch / this.parts.settings.accumulate));
  }

  /** undefined if the signal has ended it. */
  private async validate(): Promise<Validated | undefined> {
    const { validation, labels, loss, emit, signal, step } = this.parts;
    const { epoch } = this.position;
    const started = now();
    const { pictures } = validation.batches;
    const advancing = new Advancing(pictures);
    this.judge ??= step.share(validation.graph);
    const validated = await validate(await this.judge, validation.batches, {
      labels,
      loss,
      signal,
      onProgress: (done) => emit({ event: "validation", epoch, ...advancing.to(done) }),
    });
    if (validated === "interrupted") return undefined;
    if (validated === "diverged") throw this.diverged("A validation picture's logit is no longer finite");
    this.validating.add(pictures, now() - started);
    return validated;
  }

  /**
   * Saves where the run is: what the engine holds is copied now, and goes to the disk while training goes on.
   * @param newBest if the epoch that is done is the best one
   */
  private async save(newBest?: NewBest): Promise<void> {
    const { folder, step } = this.parts;
    await this.saving;
    await folder.assertHeld();
    const broken = await step.firstNotFinite();
    if (broken !== undefined) throw this.diverged(`${broken} is no longer finite`);
    const state = await step.state();
    const checkpoint = { position: { ...this.position }, state, best: this.best };
    this.saved = now();
    this.isSaving = true;
    this.saving = folder.checkpoint.save(checkpoint, newBest).finally(() => {
      this.isSaving = false;
    });
    // Its failure is met by whoever waits for it next.
    this.saving.catch(() => undefined);
  }

  /** Whether it is time for a checkpoint, and the last one is on the disk. */
  private get isDue(): boolean {
    return !this.isSaving && now() - this.saved >= 60 * this.parts.settings.saveEvery;
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
    const { folder, settings } = this.parts;
    const { epoch, step, steps } = this.position;
    const learningRate = this.learningRate(epoch, step - 1);
    const kept = folder.checkpoint.exists()
      ? `The checkpoint in ${folder.path} is the last good one.`
      : "Nothing had been saved yet.";
    return new UserError(
      `${what} at step ${steps} (epoch ${epoch}, batch ${step}), with a learning rate of ` +
        `${learningRate.toPrecision(3)}: the weights have run away. Try --lr ${Number((settings.lr / 10).toPrecision(2))}, ` +
        `or a longer --warmup, with another --out. ${kept}`,
      [],
      { code: "DIVERGED" },
    );
  }
}
