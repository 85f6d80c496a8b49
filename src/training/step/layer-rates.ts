// Rates by depth: how fast each stage of a network learns beside the others.
import type { Stage } from "../../models/stages.js";

export interface RateOptions {
  /** Each stage below the head learns at so many times the rate of the one above it. */
  lrDecay: number;
  /** The head's own rate, in place of `lr`. */
  headLr?: number;
  lr: number;
}

/**
 * The factor of the learning rate of each stage: for stage k below the head Fᵏ (Howard and Ruder 2018,
 * arXiv:1801.06146, section 3.2, whose F is 1/2.6), for the head 1 or what makes its own rate of `lr`.
 */
export function stageFactors(stages: readonly Stage[], { lrDecay, headLr, lr }: RateOptions): number[] {
  return stages.map((_, depth) => (depth === 0 && headLr !== undefined ? headLr / lr : lrDecay ** depth));
}

/** The same by weight. */
export function rateFactors(stages: readonly Stage[], options: RateOptions): Map<string, number> {
  const factors = stageFactors(stages, options);
  return new Map(stages.flatMap(({ weights }, i) => weights.map((weight) => [weight, factors[i]] as const)));
}

/** The stages' rates for people: a sentence, where one is another than `lr`. */
export function tellRates(
  stages: readonly Stage[],
  trainable: ReadonlySet<string>,
  options: RateOptions,
): string[] {
  const rounded = (rate: number) => Number(rate.toPrecision(3));
  const rates = stageFactors(stages, options)
    .map((factor, i) => ({ ...stages[i], rate: rounded(factor * options.lr) }))
    .filter(({ weights }) => weights.some((weight) => trainable.has(weight)));
  const unused =
    rates.length === 1 && options.lrDecay !== 1
      ? [`--lr-decay ${options.lrDecay} changes nothing: no stage below the classifier learns`]
      : [];
  if (rates.every(({ rate }) => rate === rounded(options.lr))) return unused;
  return [`learning rates: ${rates.map(({ name, rate }) => `${name} ${rate}`).join(", ")}`, ...unused];
}
