// findLearningRate: a short training at rising learning rates, to see which the run can take.
import { resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { problemsIn, wanted } from "../../base/wanted.js";
import type { DownloadEvent, SkippedEvent, TrunkEvent } from "../events/events.js";
import { PhaseInputs } from "../input/phase-inputs.js";
import { checkOptions, type TrainOptions, withAbsolutePaths } from "../recipe/options.js";
import { stepOptions } from "../recipe/step-options.js";
import { openTraining } from "../run/prepare.js";
import { StepProgram } from "../step/step-program.js";
import { Divergence, type LrSuggestion, type LrTrial, risingRates, suggestRate } from "./range-test.js";

/** The options of a run that mean nothing to trials. */
export const leftOfTraining = [
  "out",
  "val",
  "test",
  "nearCopies",
  "resume",
  "saveEvery",
  "epochs",
  "lr",
  "headLr",
  "unfreeze",
  "progressive",
  "schedule",
  "warmup",
  "accumulate",
  "ema",
  "patience",
  "thresholdFor",
  "calibrate",
] as const satisfies readonly (keyof TrainOptions)[];

/** Options of `findLearningRate`: those of `train` that say what is trained, and the rates to try. */
export interface FindLrOptions extends Omit<TrainOptions, (typeof leftOfTraining)[number]> {
  /** The first rate; default: a ten-thousandth of the one that `train` would take. */
  from?: number;
  /** The last rate, if the loss has not run away before; default: a thousand times that. */
  to?: number;
  /** Trials; default 100. */
  steps?: number;
}

const own = z.object({
  from: z.number().positive().optional(),
  to: z.number().positive().optional(),
  steps: z.int().min(10).optional(),
});

/** After each trial. */
export interface TrialEvent extends LrTrial {
  readonly event: "trial";
  readonly done: number;
  readonly total: number;
}

/** What `findLearningRate` tells while it goes on. */
export type FindLrEvent = DownloadEvent | TrunkEvent | SkippedEvent | TrialEvent;

/** Told while trials go on, and what ends them. */
export interface FindLrHooks {
  /** Called with each event. */
  onEvent?: (event: FindLrEvent) => void;
  /** Ends the trials, which then reject with the signal's reason. */
  signal?: AbortSignal;
}

/** What the trials have shown. */
export interface LrFinding {
  readonly trials: readonly LrTrial[];
  /** Undefined where the loss has not fallen, or too little has been seen. */
  readonly found: LrSuggestion | undefined;
  /** Whether the loss has run away before the last rate. */
  readonly diverged: boolean;
  /** The rate that `train` would take with these options. */
  readonly usual: number;
  /** How many times the rate the classifier learned at, as it does in `train` with these options. */
  readonly headFactor: number;
  /**
   * The `headInit` that `train` has to be told beside the rate, so that its classifier begins as that of the trials; undefined
   * where it does so by itself.
   */
  readonly headInit: number | undefined;
}

/** @throws UserError with every problem of the options at once */
export function checkFindLrOptions({ from, to, steps, ...rest }: FindLrOptions): FindLrOptions {
  const problems = problemsIn(own.safeParse({ from, to, steps }, { error: wanted }).error);
  if (from !== undefined && to !== undefined && from >= to) problems.push(`to: it has to be above ${from}`);
  try {
    checkOptions({ ...rest, out: "." });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0)
    throw new UserError("No learning rate can be looked for with these options:", problems);
  return { from, to, steps, ...rest };
}

/**
 * Trains from the beginning with a learning rate that rises exponentially from batch to batch, until the loss runs
 * away, as `multihot find-lr` does (L. Smith 2015, arXiv:1506.01186, section 3.3). What has been trained is thrown
 * away.
 * @throws UserError for options, data or weights that cannot be used
 */
export async function findLearningRate(
  options: FindLrOptions,
  { onEvent = () => undefined, signal }: FindLrHooks = {},
): Promise<LrFinding> {
  const { from, to, steps = 100, ...rest } = checkFindLrOptions(options);
  const checked = checkOptions({ ...rest, nearCopies: undefined, out: resolve(".") });
  const opened = await openTraining(withAbsolutePaths({ ...checked, nearCopies: "ignore" }), {
    emit: onEvent,
    signal,
  });
  const { lr: usual, headLr = usual, headInit: begun, head } = opened.settings;
  // With a rate beside it, a given weight decay has one layer begin with Kaiming's own weights.
  const told = rest.weightDecay !== undefined && rest.headInit === undefined && head !== "mlp" && begun !== 1;
  const circumstances = { usual, headFactor: headLr / usual, headInit: told ? begun : undefined };
  const [first, last] = [from ?? usual * 1e-4, to ?? usual * 1e3];
  if (first >= last) {
    throw new UserError(`The rates cannot rise from ${first} to ${last}. Choose --from below --to.`);
  }
  const passes = Math.ceil((steps * opened.settings.batch) / opened.training.pictures.length);
  const phase = { ...opened.phases[0], first: 1, last: passes };
  const sets = new PhaseInputs(opened, phase, { emit: onEvent, signal }, undefined, undefined, new Set());
  try {
    const fed = await sets.openOne("training");
    signal?.throwIfAborted();
    if (fed === undefined) throw new Error("Only a signal ends the pass through the frozen part.");
    const step = await StepProgram.compile(opened.engine, fed.graph, stepOptions(opened, phase, [0]));
    const trials: LrTrial[] = [];
    const divergence = new Divergence();
    let diverged = false;
    try {
      const rates = risingRates(first, last, steps);
      for await (const { inputs, targets } of endless(fed.batches.epoch.bind(fed.batches))) {
        const rate = rates[trials.length];
        const loss = await step.train(inputs, targets, { learningRate: rate });
        diverged = divergence.add(loss);
        if (Number.isFinite(loss)) trials.push({ rate, loss });
        onEvent({ event: "trial", done: trials.length, total: steps, rate, loss });
        signal?.throwIfAborted();
        if (diverged || trials.length === steps) break;
      }
    } finally {
      await step.close();
    }
    return { trials, found: suggestRate(trials), diverged, ...circumstances };
  } finally {
    await sets.close();
  }
}

/** One epoch's batches after the other's. */
async function* endless<T>(epoch: (epoch: number) => AsyncIterable<T>): AsyncGenerator<T> {
  for (let i = 1; ; i++) {
    let some = false;
    for await (const batch of epoch(i)) {
      some = true;
      yield batch;
    }
    if (!some) throw new UserError("None of the training pictures can be read.");
  }
}
