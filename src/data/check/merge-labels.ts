// Merging labels: those whose names differ by case and blanks become one.
import { grouped } from "../../base/grouped.js";
import { plainName, shownName } from "./label-names.js";
import type { Entry } from "./subject.js";

/** A row that is to be written. */
export interface Row {
  readonly entry: Entry;
  /** By the merged labels; joining rows changes them. */
  targets: Float32Array;
}

/**
 * Of labels that differ by case and blanks the most frequent stands for all: there where any of them is, else absent
 * where any is. `borne`: which of them are on any row, also of those that are not to be written.
 *
 * @param entries the rows that are to be written
 * @param all the rows that there are
 * @param changes told what became of names
 */
export function mergeLabels(
  labels: readonly string[],
  entries: readonly Entry[],
  all: readonly Entry[],
  changes: string[],
): { labels: readonly string[]; rows: Row[]; borne: ReadonlySet<string> } {
  const positives = positivesOf(labels, entries);
  const borneAtAll = positivesOf(labels, all);
  const merged = [...grouped(labels.keys(), (column) => plainName(labels[column])).values()].flatMap(
    (columns) => {
      const [chosen, ...others] = [...columns].sort((a, b) => positives[b] - positives[a]);
      const name = labels[chosen].trim();
      if (name === "") {
        changes.push("What has no name is no label any more.");
        return [];
      }
      const changed = [chosen, ...others].map((column) => labels[column]).filter((label) => label !== name);
      if (changed.length > 0)
        changes.push(
          `${changed.length === 1 ? "The label" : "The labels"} ${changed.map(shownName).join(", ")} became ` +
            `${shownName(name)}.`,
        );
      else if (columns.length > 1) changes.push(`${columns.length} columns called ${name} became one.`);
      return { name, chosen, columns };
    },
  );
  // The order of the labels stays.
  merged.sort((a, b) => a.chosen - b.chosen);
  const rows = entries.map((entry) => {
    const targets = entry.targets.dense();
    return {
      entry,
      // −1, 0 and 1 rank as they should: what is known beats what is not.
      targets: Float32Array.from(merged, ({ columns }) =>
        columns.reduce((most, column) => Math.max(most, targets[column]), -1),
      ),
    };
  });
  const borne = merged.filter(({ columns }) => columns.some((column) => borneAtAll[column] > 0));
  return {
    labels: merged.map(({ name }) => name),
    rows,
    borne: new Set(borne.map(({ name }) => name)),
  };
}

/** For each label the rows on which it is, wholly or in part. */
function positivesOf(labels: readonly string[], entries: readonly Entry[]): Uint32Array {
  const positives = new Uint32Array(labels.length);
  for (const { targets } of entries) {
    targets.each((column, target) => {
      if (target > 0) positives[column]++;
    });
  }
  return positives;
}
