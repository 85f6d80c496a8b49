// What is done with unknown targets: they stay unknown, or count as absent.

/** "ignore": no loss, no measure. "negative": the label is taken not to be there. */
export type Unknown = "ignore" | "negative";

/**
 * Targets in which the unknown ones are what `unknown` says.
 * @param targets 1 there, 0 not there, below 0 unknown; a new array where anything changes
 */
export function withUnknown(targets: Float32Array, unknown: Unknown): Float32Array {
  if (unknown === "ignore" || targets.every((target) => target >= 0)) return targets;
  return targets.map((target) => Math.max(target, 0));
}
