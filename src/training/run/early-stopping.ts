// Better: which of two epochs is the better one, and when a run has waited long enough for such a one.
import type { Evaluation } from "../../bundle/manifest.js";

/**
 * Whether an epoch is better than the best so far: by mAP; where that is equal (as it is when every label is ranked
 * perfectly), or no label has a positive, by the loss.
 */
export function isBetter(found: Evaluation, best: Evaluation | undefined): boolean {
  if (best === undefined) return true;
  if (found.mAP !== null && best.mAP !== null && found.mAP !== best.mAP) return found.mAP > best.mAP;
  return (found.loss ?? Infinity) < (best.loss ?? Infinity);
}

/**
 * Whether `patience` epochs have gone by without a better one.
 * @param done epochs that have been done
 * @param from the epoch from which on all learns that will: what came before does not count as waiting
 */
export function hasStalled(
  best: { epoch: number } | undefined,
  { patience, done, from }: { patience: number | undefined; done: number; from: number },
): boolean {
  if (best === undefined || patience === undefined) return false;
  return done - Math.max(best.epoch, from - 1) >= patience;
}
