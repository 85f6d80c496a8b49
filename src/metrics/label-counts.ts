// Label counts: how many images have each label, and how many are known not to.
import { isKnown, isPositive } from "./targets.js";

/**
 * Counts the known targets of each label. A soft target counts as there from 0.5 on.
 * @param targets row-major [images, labels]: 1, 0, −1 for unknown, or soft in between
 */
export function labelCounts(
  targets: ArrayLike<number>,
  labels: number,
): { positives: number[]; negatives: number[] } {
  const positives = new Array<number>(labels).fill(0);
  const negatives = new Array<number>(labels).fill(0);
  for (let i = 0; i < targets.length; i++) {
    if (!isKnown(targets[i])) continue;
    (isPositive(targets[i]) ? positives : negatives)[i % labels]++;
  }
  return { positives, negatives };
}
