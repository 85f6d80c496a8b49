// Interval: a metric and how far chance may have moved it.

/** A metric with its interval; all null where the metric is undefined, the ends alone where no interval can be given. */
export interface Interval {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** Throws a RangeError unless it lies between 0 and 1. */
export function checkConfidence(confidence: number): void {
  if (confidence > 0 && confidence < 1) return;
  throw new RangeError(`confidence is ${confidence}; it must be between 0 and 1.`);
}
