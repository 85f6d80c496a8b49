// Trials of learning rates: what a loss does as the rate rises, and which rate that speaks for.

/** A step at one rate. */
export interface LrTrial {
  readonly rate: number;
  /** Of the batch, before its step. */
  readonly loss: number;
}

/** The rates that the trials speak for. */
export interface LrSuggestion {
  /** The rate at which the smoothed loss falls fastest, by the logarithm of the rate. */
  readonly suggestion: number;
  /** The rate at which it is lowest, and about to rise: too fast for a whole run. */
  readonly lowest: number;
}

/** `count` rates from one to another, each the same number of times the one before (Smith 2015, arXiv:1506.01186). */
export function risingRates(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from * (to / from) ** (count === 1 ? 0 : i / (count - 1)));
}

/** The share of the latest loss in the running mean that divergence is told by. */
const NEWEST = 0.2;
/** Trials before which nothing is told. */
const FIRST = 5;

/** Whether the loss has run away: its running mean has gone over four times its best, or it is no number (fastai's). */
export class Divergence {
  private mean = 0;
  private best = Infinity;
  private trials = 0;

  /** @returns whether it has, with this loss */
  add(loss: number): boolean {
    this.trials++;
    this.mean = this.trials === 1 ? loss : this.mean + NEWEST * (loss - this.mean);
    this.best = Math.min(this.best, this.mean);
    return !Number.isFinite(loss) || (this.trials > FIRST && this.mean > 4 * this.best);
  }
}

/** The losses, each the mean of its neighbours weighted by a bell curve two trials wide. */
export function smoothed(trials: readonly LrTrial[]): number[] {
  const WIDTH = 2;
  return trials.map((_, at) => {
    let [sum, weights] = [0, 0];
    for (let i = Math.max(0, at - 3 * WIDTH); i <= Math.min(trials.length - 1, at + 3 * WIDTH); i++) {
      const weight = Math.exp(-0.5 * ((i - at) / WIDTH) ** 2);
      sum += weight * trials[i].loss;
      weights += weight;
    }
    return sum / weights;
  });
}

/**
 * What trials at rising rates speak for: the rate of the steepest descent (fastai's "steep"). Its other rule, a tenth
 * of the rate at which the loss is lowest, depends on where on a flat ground that happens to be: behind SqueezeNet two
 * layers' loss lies within a tenth of its lowest from 0.003 to 0.1.
 * @param trials finite
 * @returns undefined where the loss has not fallen by at least a twentieth
 */
export function suggestRate(trials: readonly LrTrial[]): LrSuggestion | undefined {
  const losses = smoothed(trials);
  const lowest = losses.indexOf(Math.min(...losses));
  if (lowest <= 0 || losses[lowest] > 0.95 * Math.max(...losses.slice(0, lowest))) return undefined;
  const slope = (i: number) => losses[i + 1] - losses[i];
  let steepest = 0;
  for (let i = 1; i < lowest; i++) if (slope(i) < slope(steepest)) steepest = i;
  return { suggestion: trials[steepest].rate, lowest: trials[lowest].rate };
}
