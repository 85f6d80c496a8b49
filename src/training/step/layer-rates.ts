// Rates by depth: how fast each stage of a network learns beside the others.
import type { Stage } from "../../models/stages.js";

export interface RateOptions {
  /** Each stage below the head learns at so many times the rate of the one above it. */
  layerDecay: number;
  /** The head's own rate, in place of `lr`. */
  headLr?: number;
  lr: number;
}

/**
 * The factor of the learning rate of each stage: for stage k below the head Fᵏ (Howard and Ruder 2018,
 * arXiv:1801.06146, section 3.2, whose F is 1/2.6), for the head 1 or what makes its own rate of `lr`.
 */
export function stageFactors(stages: readonly Stage[], { layerDecay, headLr, lr }: RateOptions): number[] {
  return stages.map((_, depth) => (depth === 0 && headLr !== undefined ? headLr / lr : layerDecay ** depth));
}

/** The same by weight. */
export function rateFactors(stages: readonly Stage[], options: RateOptions): Map<string, number> {
  const factors = stageFactors(stages, options);
  return new Map(stages.flatMap(({ weights }, i) => weights.map((weight) => [weight, factors[i]] as const)));
}

/** The rate of each stage that learns, for people; undefined where all have `lr`. */
export function ratesByStage(
  stages: readonly Stage[],
  trainable: ReadonlySet<string>,
  options: RateOptions,
): { name: string; rate: number }[] | undefined {
  const rounded = (rate: number) => Number(rate.toPrecision(3));
  const rates = stageFactors(stages, options)
    .map((factor, i) => ({ ...stages[i], rate: rounded(factor * options.lr) }))
    .filter(({ weights }) => weights.some((weight) => trainable.has(weight)));
  return rates.every(({ rate }) => rate === rounded(options.lr)) ? undefined : rates;
}
