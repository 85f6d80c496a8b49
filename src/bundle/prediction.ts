// Prediction: what a bundle says of a picture, and of its own picture. Runs in browsers too.

/** A picture's tags. `image` is its path or its file's name, where it was given by one. */
export interface Tagged {
  readonly image?: string;
  /** By label, 0 … 1. */
  readonly probabilities: Record<string, number>;
  /** Those whose probability is at least their threshold. */
  readonly labels: string[];
  readonly error?: undefined;
}

/** A picture that could not be read. */
export interface Failed {
  readonly image?: string;
  /** Why: a sentence. */
  readonly error: string;
  readonly probabilities?: undefined;
  readonly labels?: undefined;
}

/** A picture's tags, or why it has none: ask for `error` first. */
export type Prediction = Tagged | Failed;

/** The tags that follow from a picture's probabilities, one a label. */
export function tagsOf(
  probabilities: ArrayLike<number>,
  labels: readonly string[],
  thresholds: readonly number[],
): Tagged {
  return {
    probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities[i]])),
    labels: labels.filter((_, i) => probabilities[i] >= thresholds[i]),
  };
}

/**
 * How the probabilities of a bundle's own picture fail its self-check, as the middle of a sentence; undefined
 * where they are those that the bundle tells of, as far as `tolerance` allows.
 */
export function selfCheckFailure(
  found: ArrayLike<number>,
  wanted: readonly number[],
  labels: readonly string[],
  tolerance: number,
): string | undefined {
  // NaN is the worst difference of all.
  const differences = wanted.map((p, i) => (Number.isNaN(found[i]) ? 1 : Math.abs(found[i] - p)));
  const worst = differences.indexOf(Math.max(...differences));
  if (differences[worst] <= tolerance) return undefined;
  return (
    `on its own picture, label "${labels[worst]}" has the probability ${found[worst]} here and had ` +
    `${wanted[worst]} where the bundle was written (a difference of ${tolerance} is allowed)`
  );
}
