// Label errors: targets that a tagger contradicts so confidently that they may be wrong themselves.
import { checkProbabilities, checkScores, isKnown, isPositive, type MetricShape } from "./targets.js";

export interface LabelErrorOptions extends MetricShape {
  /** The most that are returned of each kind. Default 100. */
  most?: number;
}

/** A target that is suspected. */
export interface SuspectedError {
  /** Indices. */
  image: number;
  label: number;
  /** The tagger's, that the label is there. */
  probability: number;
  /** How far the probability of the contrary surpasses what it is on average where targets say so; 0 or more. */
  excess: number;
}

/** Of one kind. */
export interface Suspects {
  /** How many there are in all. */
  count: number;
  /** The most confident contradictions first. */
  suspects: SuspectedError[];
}

/** Targets that the scores speak against. */
export interface SuspectedErrors {
  /** Targets that say that the label is not there, where it may be. */
  missing: Suspects;
  /** Targets that say that it is there, where it may not be. */
  wrong: Suspects;
}

/**
 * Confident learning (Northcutt, Jiang and Chuang 2021, https://arxiv.org/abs/1911.00068), each label as a question of
 * its own. A target says that its label is there or not; the tagger is confident of the contrary where its probability
 * for it reaches what it has on average where the targets themselves say so:
 *
 *     t₁ = mean of p where the target is 1,   t₀ = mean of 1 − p where it is 0,
 *
 * a 0 is suspected where p ≥ t₁, a 1 where 1 − p ≥ t₀; if both are reached, the larger probability decides. Each kind
 * is ranked by how far that average is surpassed, so that neither frequent labels nor rare ones fill the list.
 *
 * The probabilities must be of pictures that the tagger has not learned from: of others it has learned the errors too.
 * A label that has no positive, or no negative, has no suspects. Row-major [images, labels].
 *
 * @throws RangeError for arrays of other sizes, targets above 1 or NaN, known probabilities outside [0, 1]
 */
export function suspectedLabelErrors(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  { images, labels, most = 100 }: LabelErrorOptions,
): SuspectedErrors {
  checkScores(probabilities, targets, { images, labels });
  checkProbabilities(probabilities, targets, { images, labels });
  const { ofPresence, ofAbsence } = meanConfidences(probabilities, targets, labels);
  const found: SuspectedErrors = { missing: { count: 0, suspects: [] }, wrong: { count: 0, suspects: [] } };
  for (let i = 0; i < targets.length; i++) {
    if (!isKnown(targets[i])) continue;
    const label = i % labels;
    const p = probabilities[i];
    const present = p >= ofPresence[label];
    const absent = 1 - p >= ofAbsence[label];
    const suspect = { image: Math.floor(i / labels), label, probability: p };
    if (isPositive(targets[i])) {
      if (absent && !(present && p >= 0.5)) add(found.wrong, most, suspect, 1 - p - ofAbsence[label]);
    } else if (present && !(absent && p <= 0.5)) add(found.missing, most, suspect, p - ofPresence[label]);
  }
  return found;
}

/** For each label t₁ and t₀; infinite where one of them has no target, so that there is nothing to compare with. */
function meanConfidences(probabilities: ArrayLike<number>, targets: ArrayLike<number>, labels: number) {
  const [presence, absence] = [new Float64Array(labels), new Float64Array(labels)];
  const [there, notThere] = [new Uint32Array(labels), new Uint32Array(labels)];
  for (let i = 0; i < targets.length; i++) {
    if (!isKnown(targets[i])) continue;
    const label = i % labels;
    if (isPositive(targets[i])) {
      presence[label] += probabilities[i];
      there[label]++;
    } else {
      absence[label] += 1 - probabilities[i];
      notThere[label]++;
    }
  }
  const mean = (sums: Float64Array, counts: Uint32Array) =>
    sums.map((sum, label) => (there[label] > 0 && notThere[label] > 0 ? sum / counts[label] : Infinity));
  return { ofPresence: mean(presence, there), ofAbsence: mean(absence, notThere) };
}

/** Into a list that stays in order and no longer than `most`; equal ones keep the order in which they come. */
function add(kind: Suspects, most: number, suspect: Omit<SuspectedError, "excess">, excess: number): void {
  const { suspects } = kind;
  kind.count++;
  let [low, high] = [0, suspects.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (suspects[middle].excess >= excess) low = middle + 1;
    else high = middle;
  }
  if (low >= most) return;
  suspects.splice(low, 0, { ...suspect, excess });
  if (suspects.length > most) suspects.pop();
}
