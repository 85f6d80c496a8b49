// Co-occurrence: how often labels are there together.

export interface CoOccurrence {
  /** Pictures in which both are there; [a][b], symmetric; [a][a]: those that bear a. */
  readonly together: readonly Uint32Array[];
  /** Pictures that bear a and of which it is known whether they bear b; [a][b]. */
  readonly known: readonly Uint32Array[];
}

/**
 * Of some labels (their columns), over sets of targets, each row-major [pictures, columns]. Of pictures with a, the
 * share together[a][b] / known[a][b] has b too.
 */
export function coOccurrence(
  sets: readonly Float32Array[],
  columns: number,
  shown: readonly number[],
): CoOccurrence {
  const table = () => shown.map(() => new Uint32Array(shown.length));
  const together = table();
  const known = table();
  for (const targets of sets) {
    for (let start = 0; start < targets.length; start += columns) {
      for (let a = 0; a < shown.length; a++) {
        if (targets[start + shown[a]] < 0.5) continue;
        for (let b = 0; b < shown.length; b++) {
          const other = targets[start + shown[b]];
          if (other >= 0) known[a][b]++;
          if (other >= 0.5) together[a][b]++;
        }
      }
    }
  }
  return { together, known };
}

export interface Pair {
  /** Places among the labels that are shown, the first before the second. */
  readonly first: number;
  readonly second: number;
  /** Pictures with both. */
  readonly count: number;
  /** How many times as often the second is there where the first is. */
  readonly lift: number;
}

/** A handful of pictures may be chance. */
const FEWEST = 5;

/**
 * The pairs that occur more often than chance would have it, those with the greatest lift first.
 * @param shares of the pictures of which it is known, those that bear the label
 */
export function pairsBeyondChance({ together, known }: CoOccurrence, shares: readonly number[]): Pair[] {
  return shares
    .flatMap((_, first) =>
      shares.slice(first + 1).map((share, i) => {
        const second = first + 1 + i;
        const count = together[first][second];
        return { first, second, count, lift: count / known[first][second] / share };
      }),
    )
    .filter(({ count, lift }) => count >= FEWEST && lift > 1)
    .sort((a, b) => b.lift - a.lift);
}
