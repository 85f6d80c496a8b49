// What the data does not let a run learn or measure, said before the run begins.
import type { Dataset } from "../../data/dataset/dataset.js";
import { labelCounts } from "../../metrics/label-counts.js";

/** Row-major [images, labels]. */
type Targets = Pick<Dataset, "labels" | "targets">;

/** How many labels a sentence names. */
const NAMED = 5;

/** A sentence for each thing that this run will not learn, or not measure. */
export function unlearnable(training: Targets, validation: Targets): string[] {
  const { labels } = training;
  const toLearn = labelCounts(training.targets, labels.length);
  const toMeasure = labelCounts(validation.targets, labels.length);
  const lacking = (counts: readonly number[]) => labels.filter((_, label) => counts[label] === 0);
  const nowhere = lacking(toLearn.positives);
  const everywhere = lacking(toLearn.negatives).filter((label) => !nowhere.includes(label));
  const unmeasured = lacking(toMeasure.positives);
  const warnings: string[] = [];
  if (nowhere.length > 0) {
    warnings.push(`No training image has ${listed(nowhere)}, so the model can't learn ${them(nowhere)}.`);
  }
  if (everywhere.length > 0) {
    const all = listed(everywhere);
    warnings.push(
      `No training image is labelled as not ${all}, so the model can't learn ${them(everywhere)}.`,
    );
  }
  if (unmeasured.length === labels.length) {
    warnings.push(
      "No validation image has any label: mAP can't be computed, so the best epoch is the one with the lowest " +
        "validation loss. Thresholds and calibration can't be chosen either.",
    );
  } else if (unmeasured.length > 0) {
    const others = labels.length - unmeasured.length;
    const mean = others === 1 ? "that of the other label" : `the mean of the other ${others} labels`;
    warnings.push(`No validation image has ${listed(unmeasured)}: mAP is ${mean}.`);
  }
  return warnings;
}

const them = (labels: readonly string[]) => (labels.length === 1 ? "it" : "them");

/** `cat`, `cat or dog`, `any of 7 labels (cat, dog, …)`. */
function listed(labels: readonly string[]): string {
  if (labels.length <= 2) return labels.join(" or ");
  const more = labels.length > NAMED ? ", …" : "";
  return `any of ${labels.length} labels (${labels.slice(0, NAMED).join(", ")}${more})`;
}
