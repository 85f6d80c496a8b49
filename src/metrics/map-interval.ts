// mAP interval: between what values the mAP of a larger set of such images would lie.
import { bootstrapAveragePrecision } from "./bootstrap.js";
import type { MetricShape } from "./targets.js";

/** Decisions that all resamples together may take up: about a second. */
const MOST = 1e8;
/** With fewer resamples the ends of an interval are noise. */
const LEAST = 200;

/**
 * With 95 % confidence, in no more than about a second: null for a set so large that it would take longer (and of which
 * the interval is narrow), and where mAP is not defined. Scores and targets are row-major [images, labels].
 */
export function mAPInterval(
  scores: Float32Array,
  targets: Float32Array,
  shape: MetricShape,
): { low: number; high: number } | null {
  const resamples = Math.min(1000, Math.floor(MOST / (shape.images * shape.labels)));
  if (resamples < LEAST) return null;
  const { low, high } = bootstrapAveragePrecision(scores, targets, { ...shape, resamples }).mAP;
  return low === null || high === null ? null : { low, high };
}
