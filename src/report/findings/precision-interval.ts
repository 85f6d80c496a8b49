// Precision interval: between what values the mAP of a larger set of such pictures would lie.
import { bootstrapAveragePrecision, type Interval, type MetricShape } from "../../metrics/index.js";

/** Decisions that all resamples together may take up: about a second. */
const MOST = 1e8;
/** With fewer resamples the ends of an interval are noise. */
const LEAST = 200;

/** With 95 % confidence; undefined for a set so large that it would take long, and says little. */
export function precisionInterval(
  probabilities: Float32Array,
  targets: Float32Array,
  shape: MetricShape,
): Interval | undefined {
  const resamples = Math.min(1000, Math.floor(MOST / (shape.images * shape.labels)));
  return resamples < LEAST
    ? undefined
    : bootstrapAveragePrecision(probabilities, targets, { ...shape, resamples }).mAP;
}
