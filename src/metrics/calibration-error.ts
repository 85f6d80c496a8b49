// Calibration error: by how much a tagger's probabilities miss the shares that they stand for.
import { checkProbabilities, checkScores, isKnown, isPositive, type MetricShape } from "./targets.js";

export interface CalibrationErrorOptions extends MetricShape {
  /** How many bins of equal width the probabilities fall into. Default 15. */
  bins?: number;
}

/** A bin of a reliability diagram that holds something. */
export interface ReliabilityBin {
  count: number;
  /** The mean of the probabilities, in [0, 1]. */
  probability: number;
  /** The share that is there. */
  share: number;
}

/**
 * The reliability diagram of all labels together: the bins ((b − 1)/bins, b/bins], the first with 0, that hold a
 * known target, in ascending order; scikit-learn's calibration_curve. Row-major [images, labels].
 *
 * @throws RangeError for arrays of other sizes, targets above 1 or NaN, known probabilities outside [0, 1]
 */
export function reliability(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: CalibrationErrorOptions,
): ReliabilityBin[] {
  check(probabilities, targets, options);
  return binsOf(probabilities, targets, options, 0, 1);
}

/**
 * The expected calibration error of all labels together (Naeini et al. 2015, Guo et al. 2017), in [0, 1]: over the
 * bins of `reliability`,
 *
 *     ECE = Σ count/N · |share − probability|,
 *
 * null if nothing is known. Where labels are many most probabilities are near 0, and rightly; they make the whole
 * look good, so look at `expectedCalibrationErrors` too.
 */
export function expectedCalibrationError(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: CalibrationErrorOptions,
): number | null {
  return errorOf(reliability(probabilities, targets, options));
}

/** The expected calibration error of each label; null if nothing is known of it. */
export function expectedCalibrationErrors(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: CalibrationErrorOptions,
): (number | null)[] {
  check(probabilities, targets, options);
  const { labels } = options;
  return Array.from({ length: labels }, (_, label) =>
    errorOf(binsOf(probabilities, targets, options, label, labels)),
  );
}

function check(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: CalibrationErrorOptions,
): void {
  checkScores(probabilities, targets, options);
  const { bins = 15 } = options;
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`bins is ${bins}; it must be a whole number, 1 or more.`);
  }
  checkProbabilities(probabilities, targets, options);
}

/** Of the elements from `start` on, `step` apart. */
function binsOf(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  { bins = 15 }: CalibrationErrorOptions,
  start: number,
  step: number,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, probability: 0, share: 0 }));
  for (let i = start; i < probabilities.length; i += step) {
    if (!isKnown(targets[i])) continue;
    const bin = sums[Math.max(0, Math.ceil(probabilities[i] * bins) - 1)];
    bin.count++;
    bin.probability += probabilities[i];
    bin.share += Number(isPositive(targets[i]));
  }
  return sums
    .filter(({ count }) => count > 0)
    .map(({ count, probability, share }) => ({
      count,
      probability: probability / count,
      share: share / count,
    }));
}

function errorOf(bins: readonly ReliabilityBin[]): number | null {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  return bins.reduce(
    (sum, { count, probability, share }) => sum + (count / total) * Math.abs(share - probability),
    0,
  );
}
