// Mistakes: for each label what was decided wrongly, the most confident first.

export interface Mistake {
  /** Index of the scores' row. */
  readonly image: number;
  readonly probability: number;
}

export interface LabelMistakes {
  readonly label: number;
  /** There, and not given: the lowest probabilities first. */
  readonly missed: readonly Mistake[];
  /** Given, and not there: the highest first. */
  readonly falseAlarms: readonly Mistake[];
  /** How many there are in all. */
  readonly missedCount: number;
  readonly falseAlarmCount: number;
}

/**
 * @param probabilities row-major [images, labels], as the targets
 * @param most of each kind and label
 */
export function mistakes(
  probabilities: Float32Array,
  targets: Float32Array,
  thresholds: readonly number[],
  most: number,
): LabelMistakes[] {
  const labels = thresholds.length;
  const found = thresholds.map((_, label) => ({
    label,
    missed: [] as Mistake[],
    falseAlarms: [] as Mistake[],
    missedCount: 0,
    falseAlarmCount: 0,
  }));
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] < 0) continue;
    const label = i % labels;
    const there = targets[i] >= 0.5;
    const given = probabilities[i] >= thresholds[label];
    if (there === given) continue;
    const mistake = { image: Math.floor(i / labels), probability: probabilities[i] };
    const own = found[label];
    if (there) {
      own.missedCount++;
      keep(own.missed, mistake, most, (a, b) => a.probability - b.probability);
    } else {
      own.falseAlarmCount++;
      keep(own.falseAlarms, mistake, most, (a, b) => b.probability - a.probability);
    }
  }
  return found;
}

/** Puts it in its place in a short list in order, which keeps its first `most`. */
function keep<T>(list: T[], item: T, most: number, compare: (a: T, b: T) => number): void {
  let place = list.length;
  while (place > 0 && compare(item, list[place - 1]) < 0) place--;
  if (place >= most) return;
  list.splice(place, 0, item);
  if (list.length > most) list.pop();
}
