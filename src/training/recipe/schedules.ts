// Schedules: the learning rate of each step.

/** The learning rate of a step of the run, from 0. */
export type Schedule = (step: number) => number;

/** How long a schedule is, and how high. */
export interface ScheduleOptions {
  /** The greatest learning rate. */
  learningRate: number;
  /** Steps of the whole run. */
  steps: number;
  /** Steps of the rise at the start; may be a fraction. */
  warmup: number;
}

/** A cosine from `start` (part 0) to `end` (part 1). */
function cosineBetween(start: number, end: number, part: number): number {
  return end + ((start - end) / 2) * (1 + Math.cos(Math.PI * part));
}

/** The part of the learning rate that a straight warm-up lets through: (step + 1) / warmup, at most 1. */
function rise(step: number, warmup: number): number {
  return step + 1 < warmup ? (step + 1) / warmup : 1;
}

/**
 * Up and down along cosines: from η/25 to η in `warmup` steps, then to η/250,000 in the rest: PyTorch's
 * OneCycleLR with its defaults (warmup = pct_start · steps), without the cycle of the momentum
 * (L. Smith, arXiv:1708.07120).
 */
export function oneCycle({ learningRate, steps, warmup }: ScheduleOptions): Schedule {
  const start = learningRate / 25;
  const end = start / 1e4;
  const top = warmup - 1;
  const last = steps - 1;
  return (step) => {
    if (step < top) return cosineBetween(start, learningRate, step / top);
    if (step === top) return learningRate;
    return cosineBetween(learningRate, end, Math.min(1, (step - top) / (last - top)));
  };
}

/**
 * A straight warm-up, then half a cosine down towards zero: after the warm-up PyTorch's
 * CosineAnnealingLR(T_max = steps − warmup) (Loshchilov and Hutter, arXiv:1608.03983, without restarts).
 */
export function cosine({ learningRate, steps, warmup }: ScheduleOptions): Schedule {
  return (step) =>
    step + 1 < warmup
      ? learningRate * rise(step, warmup)
      : cosineBetween(learningRate, 0, Math.max(0, (step - warmup) / (steps - warmup)));
}

/** A straight warm-up, then always the same. */
export function constant({ learningRate, warmup }: ScheduleOptions): Schedule {
  return (step) => learningRate * rise(step, warmup);
}

export const schedules = { onecycle: oneCycle, cosine, constant };
