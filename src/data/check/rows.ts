// Rows: what the labels files say wrongly, or twice.
import type { Reading } from "../dataset/read.js";
import { namePlaces } from "../formats/problems.js";
import type { Findings } from "./findings.js";
import { conflicts, type Entry, placeOf, type Subject } from "./subject.js";

export function checkRows(subject: Subject, findings: Findings): void {
  for (const reading of [subject.data, ...(subject.val ? [subject.val] : [])]) tell(reading, findings);
  for (const rows of repeatedRows(subject.entries)) {
    const differing = conflicts(rows, subject.labels);
    findings.add("repeated-row", {
      pictures: rows.map(placeOf),
      ...(differing.length > 0 && { labels: differing, detail: "not with the same labels" }),
    });
  }
  for (const set of ["data", "val"] as const) {
    const reading = subject[set];
    if (reading === undefined) continue;
    const own = subject.entries.filter((entry) => entry.set === set);
    // Of rows that were left out it has been told why.
    if (own.length === 0 && reading.problems.leftOut > 0) continue;
    const why =
      own.length === 0
        ? "it has no row; wanted one for each picture"
        : subject.labels.length === 0
          ? "it has no label; wanted at least one row that has one"
          : own.every(({ targets }) => !targets.some((target) => target >= 0))
            ? "every target is unknown"
            : undefined;
    if (why !== undefined) findings.add("nothing-to-learn", { detail: `${reading.source.name}: ${why}` });
  }
}

function tell({ source, problems }: Reading, findings: Findings): void {
  for (const { sentence, places } of problems.all) {
    findings.add("bad-row", { detail: `${source.name}, ${namePlaces(places)}: ${sentence}` });
  }
  for (const file of problems.strays) findings.add("stray-labels", { detail: `${source.name}, ${file}` });
  for (const { sentence, places } of problems.remarks) {
    for (const place of places) {
      findings.add("repeated-tag", { detail: `${source.name}, row ${place}: ${sentence}` });
    }
  }
}

/** Rows of one set that name the same path, each group in order. */
function repeatedRows(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  for (const set of ["data", "val"] as const) {
    // Of most paths there is one row: a list for each would take more memory than the rows.
    const rowsAt = new Map<string, Entry | Entry[]>();
    for (const entry of entries) {
      if (entry.set !== set) continue;
      const found = rowsAt.get(entry.path);
      if (found === undefined) rowsAt.set(entry.path, entry);
      else if (Array.isArray(found)) found.push(entry);
      else {
        const group = [found, entry];
        rowsAt.set(entry.path, group);
        groups.push(group);
      }
    }
  }
  return groups;
}
