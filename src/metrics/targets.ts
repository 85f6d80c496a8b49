// Targets: what the metrics take them for, and the check of what they are given.

/** Scores and targets are row-major [images, labels]. */
export interface MetricShape {
  images: number;
  labels: number;
}

/** A target below 0 is unknown: no metric sees its score. */
export function isKnown(target: number): boolean {
  return target >= 0;
}

/** A metric asks whether a label is there; a soft target says so from 0.5 on. */
export function isPositive(target: number): boolean {
  return target >= 0.5;
}

/** Throws a RangeError unless scores and targets are [images, labels], targets at most 1, known scores numbers. */
export function checkScores(scores: ArrayLike<number>, targets: ArrayLike<number>, shape: MetricShape): void {
  const { images, labels } = shape;
  if (!Number.isInteger(images) || images < 0 || !Number.isInteger(labels) || labels < 1) {
    throw new RangeError(`There can't be ${images} images of ${labels} labels.`);
  }
  const size = images * labels;
  if (scores.length !== size || targets.length !== size) {
    throw new RangeError(
      `${images} images of ${labels} labels need ${size} scores and targets; ` +
        `there are ${scores.length} scores and ${targets.length} targets.`,
    );
  }
  for (let i = 0; i < size; i++) {
    const known = isKnown(targets[i]);
    if (targets[i] <= 1 && !(known && Number.isNaN(scores[i]))) continue;
    const where = `of image ${Math.floor(i / labels)}, label ${i % labels}`;
    throw new RangeError(
      targets[i] <= 1
        ? `The score ${where} is NaN.`
        : `The target ${where} is ${targets[i]}; targets lie between 0 and 1, or are −1 for unknown.`,
    );
  }
}

/** Throws a RangeError unless what `checkScores` has passed are probabilities, where the target is known. */
export function checkProbabilities(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  { labels }: MetricShape,
): void {
  for (let i = 0; i < probabilities.length; i++) {
    if (!isKnown(targets[i]) || (probabilities[i] >= 0 && probabilities[i] <= 1)) continue;
    const where = `of image ${Math.floor(i / labels)}, label ${i % labels}`;
    throw new RangeError(`The probability ${where} is ${probabilities[i]}. (Is it a logit?)`);
  }
}

/** The mean of those values that are defined; null if none is. */
export function meanOfDefined(values: Iterable<number | null>): number | null {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count === 0 ? null : sum / count;
}
