// Calibration: logits scaled and shifted so that of what is given with probability p, a share of p is right.
import { type Ranked, rankedElements, rankedLabels } from "./ranked.js";
import { checkScores, isKnown, type MetricShape } from "./targets.js";

/** Of each label: its probability is σ(scale·logit + shift). */
export interface Calibration {
  scale: number[];
  shift: number[];
}

/**
 * Platt scaling of each label (Platt 1999): the scale a and shift b that minimise the log-loss of σ(a·x + b) against
 *
 *     (N₊ + 1)/(N₊ + 2) for an image that has the label,  1/(N₋ + 2) for one that hasn't,
 *
 * of N₊ and N₋ of them: targets that keep the fit finite, and a rare label's probabilities modest. Newton's method
 * with a line search (Lin, Lin, Weng 2007). scikit-learn's CalibratedClassifierCV fits the same with
 * `method="sigmoid"`. A label that lacks one of the two kinds stays as it is: scale 1, shift 0. A scale below 0 says
 * that the label's scores are worse than chance.
 *
 * `logits` and `targets` are row-major [images, labels]; unknown targets are left out.
 *
 * @throws RangeError for arrays of other sizes, targets above 1 or NaN, known logits that are not finite
 */
export function plattScaling(
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): Calibration {
  checkLogits(logits, targets, shape);
  const lines = Array.from(rankedLabels(logits, targets, shape), plattLine);
  return { scale: lines.map(({ scale }) => scale), shift: lines.map(({ shift }) => shift) };
}

/** A label's probability is σ(scale·logit + shift). */
export interface Line {
  scale: number;
  shift: number;
}

/** Platt scaling of one label's logits. */
export function plattLine(logits: Ranked): Line {
  const [positives, negatives] = [logits.positives.length, logits.negatives.length];
  if (positives === 0 || negatives === 0) return { scale: 1, shift: 0 };
  return fitLine(pointsOf(logits, (positives + 1) / (positives + 2), 1 / (negatives + 2)));
}

/** No temperature is less, nor is its inverse. */
const EXTREME = 0.01;

/**
 * The temperature T of all labels together (Guo et al. 2017): σ(x/T) has the least log-loss over all known targets.
 * Above 1 if the network is too sure of itself. Between 0.01 and 100, which stand for logits that are all right, and
 * for logits that say nothing; 1 where nothing is known. It changes no label's order, nor what is at or above 0.5.
 *
 * `logits`, `targets` and errors are those of `plattScaling`.
 */
export function temperature(
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: MetricShape,
): number {
  checkLogits(logits, targets, shape);
  const points = pointsOf(rankedElements(logits, targets), 1, 0);
  if (points.logits.length === 0) return 1;
  const derivatives = (scale: number) => derivativesOf(points, { scale, shift: 0 });
  // The log-loss is convex: its slope rises with the scale, and where it is 0 the loss is least.
  let [low, high] = [EXTREME, 1 / EXTREME];
  if (derivatives(low).byScale >= 0) return 1 / low;
  if (derivatives(high).byScale <= 0) return 1 / high;
  let scale = 1;
  for (let step = 0; step < 200; step++) {
    const { byScale, byScale2 } = derivatives(scale);
    if (byScale < 0) low = scale;
    else high = scale;
    const newton = scale - byScale / byScale2;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - scale) <= 1e-14 * scale) break;
    scale = next;
  }
  return 1 / scale;
}

interface Points {
  logits: Float64Array;
  targets: Float64Array;
}

function pointsOf({ positives, negatives }: Ranked, high: number, low: number): Points {
  const count = positives.length + negatives.length;
  const points = { logits: new Float64Array(count), targets: new Float64Array(count).fill(low) };
  points.logits.set(positives);
  points.logits.set(negatives, positives.length);
  points.targets.fill(high, 0, positives.length);
  return points;
}

function checkLogits(logits: ArrayLike<number>, targets: ArrayLike<number>, shape: MetricShape): void {
  checkScores(logits, targets, shape);
  for (let i = 0; i < logits.length; i++) {
    if (isKnown(targets[i]) && !Number.isFinite(logits[i])) {
      const where = `of image ${Math.floor(i / shape.labels)}, label ${i % shape.labels}`;
      throw new RangeError(`The logit ${where} is ${logits[i]}; nothing can be fitted to it.`);
    }
  }
}

/** The line with the least log-loss. The targets lie within (0, 1), so there is one. */
function fitLine({ logits, targets }: Points): Line {
  // Newton's steps do not depend on where the logits stand, but their rounding errors do.
  const { length } = logits;
  const mean = logits.reduce((sum, x) => sum + x, 0) / length;
  const deviation = Math.sqrt(logits.reduce((sum, x) => sum + (x - mean) ** 2, 0) / length);
  const share = targets.reduce((sum, t) => sum + t, 0) / length;
  const level = Math.log(share / (1 - share));
  // Logits that are all the same say nothing.
  if (!(deviation > 1e-12 * Math.abs(mean))) return { scale: 0, shift: level };
  const points = { logits: logits.map((x) => (x - mean) / deviation), targets };
  const { scale, shift } = newton(points, { scale: 0, shift: level });
  return { scale: scale / deviation, shift: shift - (scale * mean) / deviation };
}

function newton(points: Points, start: Line): Line {
  let line = start;
  let at = derivativesOf(points, line);
  for (let step = 0; step < 100; step++) {
    const { byScale, byShift, byScale2, byBoth, byShift2 } = at;
    const determinant = byScale2 * byShift2 - byBoth ** 2;
    const scaleStep = (byBoth * byShift - byShift2 * byScale) / determinant;
    const shiftStep = (byBoth * byScale - byScale2 * byShift) / determinant;
    const promised = byScale * scaleStep + byShift * shiftStep;
    if (!(promised < 0)) break;
    // Near the minimum a full step is right, and the loss too coarse to tell.
    const near = -promised < 1e-9 * at.loss;
    let size = 1;
    for (; ; size /= 2) {
      const next = { scale: line.scale + size * scaleStep, shift: line.shift + size * shiftStep };
      const there = derivativesOf(points, next);
      if (near || there.loss <= at.loss + 1e-4 * size * promised) {
        [line, at] = [next, there];
        break;
      }
    }
    if (near) break;
  }
  return line;
}

interface Derivatives {
  loss: number;
  byScale: number;
  byShift: number;
  byScale2: number;
  byBoth: number;
  byShift2: number;
}

/** The sum of the log-losses t·log(1 + e^−y) + (1 − t)·log(1 + e^y), y = scale·x + shift, and its derivatives. */
function derivativesOf({ logits, targets }: Points, { scale, shift }: Line): Derivatives {
  const sum = { loss: 0, byScale: 0, byShift: 0, byScale2: 0, byBoth: 0, byShift2: 0 };
  for (let i = 0; i < logits.length; i++) {
    const x = logits[i];
    const y = scale * x + shift;
    const z = Math.exp(-Math.abs(y));
    const error = (y < 0 ? z : 1) / (1 + z) - targets[i];
    const weight = z / (1 + z) ** 2;
    sum.loss += Math.max(y, 0) - targets[i] * y + Math.log1p(z);
    sum.byScale += error * x;
    sum.byShift += error;
    sum.byScale2 += weight * x * x;
    sum.byBoth += weight * x;
    sum.byShift2 += weight;
  }
  return sum;
}
