// The data of a run in numbers.
import type { Dataset } from "../data/dataset.js";
import type { DataSummary } from "./events.js";

/** How many of the pictures bear each label (a soft target says so from 0.5 on), and how many are known not to. */
export function known(
  targets: ArrayLike<number>,
  labels: number,
): { positives: number[]; negatives: number[] } {
  const positives = new Array<number>(labels).fill(0);
  const negatives = new Array<number>(labels).fill(0);
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] >= 0.5) positives[i % labels]++;
    else if (targets[i] >= 0) negatives[i % labels]++;
  }
  return { positives, negatives };
}

/** What people want to know of the data before it is trained on. */
export function summary(training: Dataset, validation: Dataset): DataSummary {
  const { labels, targets } = training;
  return {
    source: training.source,
    validationSource: validation.source,
    labels,
    pictures: training.pictures.length,
    positives: known(targets, labels.length).positives,
    validationPictures: validation.pictures.length,
    unknown: targets.reduce((count, target) => (target < 0 ? count + 1 : count), 0),
  };
}
