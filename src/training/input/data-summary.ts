// The data of a run in numbers.
import type { Dataset } from "../../data/dataset/dataset.js";
import { labelCounts } from "../../metrics/label-counts.js";
import type { DataSummary } from "../events/events.js";

/** What people want to know of the data before it is trained on. */
export function summary(training: Dataset, validation: Dataset): DataSummary {
  const { labels, targets } = training;
  return {
    source: training.source,
    validationSource: validation.source,
    labels,
    pictures: training.pictures.length,
    positives: labelCounts(targets, labels.length).positives,
    validationPictures: validation.pictures.length,
    unknown: targets.reduce((count, target) => (target < 0 ? count + 1 : count), 0),
  };
}
