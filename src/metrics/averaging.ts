// Averaging: from the metric of each label, or each image, to one number.
import { type Ranked, rankedElements, rankedImages, rankedLabels } from "./ranked.js";
import { checkScores, type MetricShape, meanOfDefined } from "./targets.js";

/**
 * Over what a metric is taken, and how the values become one. What is undefined (0/0) is left out.
 * - `macro`: of each label, then their mean;
 * - `weighted`: of each label, then their mean, each weighing as much as it has positives;
 * - `micro`: of all images and labels together;
 * - `samples`: of each image, then their mean.
 */
export type Average = "macro" | "micro" | "weighted" | "samples";

export interface AverageOptions extends MetricShape {
  /** Default: macro. */
  average?: Average;
}

/** The average of a metric that the order of scores decides. */
export function averageRanked(
  metric: (ranked: Ranked) => number | null,
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: AverageOptions,
): number | null {
  checkScores(scores, targets, options);
  const { average = "macro" } = options;
  checkAverage(average);
  if (average === "micro") return metric(rankedElements(scores, targets));
  const values: (number | null)[] = [];
  const weights: number[] = [];
  const ranked = average === "samples" ? rankedImages : rankedLabels;
  for (const one of ranked(scores, targets, options)) {
    values.push(metric(one));
    weights.push(one.positives.length);
  }
  return average === "weighted" ? weightedMean(values, weights) : meanOfDefined(values);
}

/** Throws a RangeError for another average: as a mean over labels it would pass unseen. */
export function checkAverage(average: Average): void {
  if (["macro", "weighted", "micro", "samples"].includes(average)) return;
  throw new RangeError(`There is no average "${average}"; wanted macro, weighted, micro or samples.`);
}

/** The mean of those values that are defined; null if they have no weight. */
export function weightedMean(values: readonly (number | null)[], weights: readonly number[]): number | null {
  let sum = 0;
  let weight = 0;
  values.forEach((value, i) => {
    if (value === null) return;
    sum += weights[i] * value;
    weight += weights[i];
  });
  return weight === 0 ? null : sum / weight;
}
