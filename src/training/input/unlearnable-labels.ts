// Learnable: what the pictures do not let a run learn or measure, which people should know before it begins.
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
    const looks = nowhere.length === 1 ? "it looks" : "they look";
    warnings.push(`No training picture bears ${listed(nowhere)}: what ${looks} like cannot be learned.`);
  }
  if (everywhere.length > 0) {
    const it = everywhere.length === 1 ? "it" : "them";
    warnings.push(
      `No training picture is known to be without ${listed(everywhere)}: what sets ${it} apart cannot be learned.`,
    );
  }
  if (unmeasured.length === labels.length) {
    warnings.push(
      "No validation picture bears any label: there is no mAP, and the best epoch is the one with the lowest " +
        "validation loss. Thresholds and calibration cannot be chosen either.",
    );
  } else if (unmeasured.length > 0) {
    const others = labels.length - unmeasured.length;
    const mean = others === 1 ? "that of the other one" : `the mean of the other ${others} labels`;
    warnings.push(`No validation picture bears ${listed(unmeasured)}: mAP is ${mean}.`);
  }
  return warnings;
}

/** `cat`, `cat or dog`, `any of 7 labels (cat, dog, …)`. */
function listed(labels: readonly string[]): string {
  if (labels.length <= 2) return labels.join(" or ");
  const more = labels.length > NAMED ? ", …" : "";
  return `any of ${labels.length} labels (${labels.slice(0, NAMED).join(", ")}${more})`;
}
