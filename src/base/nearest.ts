// Which of the known names was probably meant.

/** Levenshtein distance: the least number of letters inserted, deleted or replaced. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/** The names, the one most like `wanted` first; equally near ones keep their order. */
export function nearestFirst(wanted: string, names: Iterable<string>): string[] {
  const asked = wanted.toLowerCase();
  return [...names]
    .map((name) => ({ name, distance: editDistance(asked, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
}
