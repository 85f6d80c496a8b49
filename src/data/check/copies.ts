// Copies: pictures that are there several times, on both sides of the split, or with different labels.
import type { Findings } from "./findings.js";
import { conflicts, type Entry, placeOf } from "./subject.js";

/**
 * @param groups entries that show the same picture: two or more, no path twice in one set
 * @param near whether they only look alike, instead of having the same bytes
 */
export function checkCopies(
  groups: readonly (readonly Entry[])[],
  labels: readonly string[],
  near: boolean,
  findings: Findings,
): void {
  for (const entries of groups) {
    const pictures = entries.map(placeOf);
    const differing = conflicts(entries, labels);
    const sides = new Set(entries.map(({ set }) => set)).size;
    if (sides > 1) findings.add(near ? "near-leak" : "leak", { pictures });
    if (differing.length > 0) {
      findings.add(near ? "near-differ" : "copies-differ", { pictures, labels: differing });
    } else if (entries.length > sides) findings.add(near ? "near-copies" : "copies", { pictures });
  }
}

/** Groups of the data set's own, such as patients, that are on both sides. */
export function checkGroups(entries: readonly Entry[], findings: Findings): void {
  const sidesOf = new Map<string, Map<string, Entry>>();
  for (const entry of entries) {
    if (entry.group === undefined) continue;
    const sides = sidesOf.get(entry.group) ?? new Map<string, Entry>();
    if (!sides.has(entry.set)) sides.set(entry.set, entry);
    sidesOf.set(entry.group, sides);
  }
  for (const [group, sides] of sidesOf) {
    if (sides.size > 1) {
      findings.add("group-leak", { pictures: [...sides.values()].map(placeOf), detail: `group ${group}` });
    }
  }
}
