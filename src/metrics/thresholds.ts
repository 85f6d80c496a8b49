// Thresholds: for each label, from which probability on it is given.
import { plattLine } from "./calibration.js";
import { type Ranked, rankedElements, rankedLabels } from "./ranked.js";
import { checkProbabilities, checkScores, type MetricShape } from "./targets.js";
import { type Aim, aimOf, cutsOf, type Outcomes, type ThresholdAim, thresholdAt } from "./threshold-aim.js";

export interface ThresholdOptions extends MetricShape {
  /** Default: f1. */
  for?: ThresholdAim;
  /**
   * k, 0 or more: how many imagined images speak for the rougher estimate. 0 takes each label's counts as they come,
   * however few. Default 5; for a precision, which is missed on new images by too low a threshold, 10.
   */
  shrinkage?: number;
}

/**
 * One threshold a label, in [0, 1]; a label is given to the images whose probability is at or above it.
 *
 * There are three estimates, from rough and steady to fine and noisy:
 * 1. the threshold that is best if all labels have the same, by the mean over labels;
 * 2. the one that is best by the label's probabilities after Platt scaling, which say how many of the images above a
 *    threshold are expected to have the label: two numbers are fitted, not a curve;
 * 3. the one that is best by counting. It lies halfway between two probabilities that occur.
 *
 * The second is drawn towards the first, and the third towards what comes of that, on the scale of logits:
 * (n·finer + k·rougher)/(n + k), with 4k for the third; n are the images that are known to have the label, or those
 * known not to, whichever are fewer. So a label with a handful of positives gets about what others get, one with
 * hundreds its own optimum, and one with none the first estimate.
 *
 * For `micro-f1` all labels get one threshold: the best for the decisions about all of them together.
 *
 * A precision that no threshold reaches is kept by giving the label to none of these images, but for those whose
 * probability is 1, which no threshold keeps out. Probabilities and
 * targets are row-major [images, labels], of images that the network has not learned from; unknown targets are left
 * out. Without any positive all thresholds are 0.5.
 *
 * @throws RangeError for arrays of other sizes, targets above 1 or NaN, probabilities outside [0, 1], a precision or
 *   recall outside (0, 1], a shrinkage that is negative or not finite
 */
export function chooseThresholds(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: ThresholdOptions,
): number[] {
  checkScores(probabilities, targets, options);
  checkProbabilities(probabilities, targets, options);
  const { shrinkage = isPrecision(options.for) ? 10 : 5 } = options;
  if (!(shrinkage >= 0 && shrinkage < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`shrinkage is ${shrinkage}; it must be a finite number, 0 or more.`);
  }
  const aim = aimOf(options.for ?? "f1");
  if (options.for === "micro-f1") {
    const all = rankedElements(probabilities, targets);
    const best = all.positives.length === 0 ? 0.5 : common[aim.choose(aim.values(outcomesOfCommon(all)))];
    return new Array(options.labels).fill(best);
  }
  const together = new CommonThreshold(aim);
  const labels = Array.from(rankedLabels(probabilities, targets, options), (ranked) => {
    together.add(ranked);
    const evidence = Math.min(ranked.positives.length, ranked.negatives.length);
    return { evidence, estimates: estimatesOf(ranked, aim) };
  });
  const rough = together.choose();
  return labels.map(({ evidence, estimates }) =>
    estimates.reduce((rougher, { threshold, doubt }) => {
      const k = doubt * shrinkage;
      if (k === 0) return threshold;
      return sigmoid((evidence * logit(threshold) + k * logit(rougher)) / (evidence + k));
    }, rough),
  );
}

const isPrecision = (aim: ThresholdAim | undefined) => typeof aim === "object" && "precision" in aim;

interface Estimate {
  threshold: number;
  /** How many images it takes to be as sure as a fitted one is of one image. */
  doubt: number;
}

/** Found by cross-validation on photographs; twice or half as much does nearly as well. */
const DOUBT_OF_COUNTING = 4;

/** The second and the third estimate, as far as the label has what they need. */
function estimatesOf(ranked: Ranked, aim: Aim): Estimate[] {
  if (ranked.positives.length === 0) return [];
  const cuts = cutsOf(ranked);
  const counted = { threshold: thresholdAt(cuts, aim.choose(aim.values(cuts))), doubt: DOUBT_OF_COUNTING };
  const { scale, shift } = plattLine({
    positives: Float64Array.from(ranked.positives, logit),
    negatives: Float64Array.from(ranked.negatives, logit),
  });
  // Scores that are no better than chance expect nothing that could be believed.
  if (scale <= 0 || ranked.negatives.length === 0) return [counted];
  let sum = 0;
  const right = cuts.given.map((given, i) => {
    if (i > 0) sum += (given - cuts.given[i - 1]) * sigmoid(scale * logit(cuts.scores[i - 1]) + shift);
    return sum;
  });
  const expected = thresholdAt(cuts, aim.choose(aim.values({ given: cuts.given, right })));
  return [{ threshold: expected, doubt: 1 }, counted];
}

/** Falling thresholds that are tried for all labels: ±8 in steps of 0.1 on the scale of logits, and all or nothing. */
const common = [Infinity, ...Array.from({ length: 161 }, (_, i) => 8 - i / 10), -Infinity].map(sigmoid);

/** The one threshold for all labels. */
class CommonThreshold {
  private readonly sums = new Float64Array(common.length);
  private readonly counts = new Uint32Array(common.length);

  constructor(private readonly aim: Aim) {}

  add(ranked: Ranked): void {
    if (ranked.positives.length === 0) return;
    this.aim.values(outcomesOfCommon(ranked)).forEach((value, i) => {
      if (value === null) return;
      this.sums[i] += value;
      this.counts[i]++;
    });
  }

  choose(): number {
    if (this.counts.every((count) => count === 0)) return 0.5;
    const means = Array.from(this.sums, (sum, i) => (this.counts[i] === 0 ? null : sum / this.counts[i]));
    return common[this.aim.choose(means)];
  }
}

function outcomesOfCommon({ positives, negatives }: Ranked): Outcomes {
  let there = positives.length;
  let absent = negatives.length;
  const outcomes = { given: new Float64Array(common.length), right: new Float64Array(common.length) };
  common.forEach((threshold, i) => {
    while (there > 0 && positives[there - 1] >= threshold) there--;
    while (absent > 0 && negatives[absent - 1] >= threshold) absent--;
    outcomes.right[i] = positives.length - there;
    outcomes.given[i] = outcomes.right[i] + negatives.length - absent;
  });
  return outcomes;
}

/** Probabilities of 0 and 1 count as 2e-9 and 1 − 2e-9. */
function logit(probability: number): number {
  return Math.min(20, Math.max(-20, Math.log(probability) - Math.log1p(-probability)));
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
