// Joining rows: those of one picture become the first of them.
import type { Row } from "./merge-labels.js";

/** What the rows that know say together, −1 where that is nothing. */
export type Together = (known: readonly number[]) => number;

/** For sources that say of each label whether it is there: a contradiction tells nothing. */
export const agreed: Together = (known) => (known.every((target) => target === known[0]) ? known[0] : -1);

/** For sources that list what is there: one row a label is a way to write a list. */
export const listed: Together = (known) => Math.max(...known);

/** @param groups rows of one picture each, none in two groups; the first of each gets what all say together */
export function joinRows(
  groups: Iterable<readonly Row[]>,
  together: Together,
): { readonly gone: ReadonlySet<Row>; readonly conflicts: number } {
  const gone = new Set<Row>();
  let conflicts = 0;
  for (const [first, ...others] of groups) {
    if (others.length === 0) continue;
    first.targets = first.targets.map((own, column) => {
      const known = [own, ...others.map(({ targets }) => targets[column])].filter((target) => target >= 0);
      const target = known.length === 0 ? -1 : together(known);
      if (target < 0 && known.length > 0) conflicts++;
      return target;
    });
    for (const other of others) gone.add(other);
  }
  return { gone, conflicts };
}
