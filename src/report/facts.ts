// Facts: the figures that several sections tell of.
import type { Evaluation } from "../bundle/manifest.js";
import { measure } from "../bundle/measure.js";
import { sigmoid } from "../losses/index.js";
import { calibrated } from "../metrics/index.js";
import { type LabelCounts, labelCounts } from "./findings/label-counts.js";
import type { ReportInput } from "./input.js";

export interface Facts extends ReportInput {
  readonly labels: readonly string[];
  /** Row-major [images, labels]: before calibration, and as the bundle gives them. */
  readonly uncalibrated: Float32Array;
  readonly probabilities: Float32Array;
  /** With the bundle's thresholds. */
  readonly evaluation: Evaluation;
  /** One a label. */
  readonly trainingCounts: readonly LabelCounts[];
  readonly validationCounts: readonly LabelCounts[];
}

export function factsOf(input: ReportInput): Facts {
  const { training, validation, scores, tuning, loss } = input;
  const { labels } = training;
  const logits = tuning.calibration ? calibrated(scores.logits, tuning.calibration) : scores.logits;
  return {
    ...input,
    labels,
    uncalibrated: sigmoid(scores.logits),
    probabilities: sigmoid(logits),
    evaluation: measure(logits, scores.targets, {
      images: scores.images,
      labels,
      thresholds: tuning.thresholds,
      loss,
    }),
    trainingCounts: labelCounts(training),
    validationCounts: labelCounts(validation),
  };
}
