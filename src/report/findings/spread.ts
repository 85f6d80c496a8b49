// Spread: the first of a list, but not too many of one label.

/** In the list's order. */
export function spread<T extends { readonly label: number }>(
  ranked: readonly T[],
  { most, ofALabel }: { most: number; ofALabel: number },
): T[] {
  const counts = new Map<number, number>();
  const chosen: T[] = [];
  for (const item of ranked) {
    if (chosen.length === most) break;
    const count = counts.get(item.label) ?? 0;
    if (count === ofALabel) continue;
    counts.set(item.label, count + 1);
    chosen.push(item);
  }
  return chosen;
}
