// Label counts: labels that cannot be learned or measured for want of pictures that have or lack them.
import type { Findings } from "./findings.js";
import { fewToLearn, fewToMeasure } from "./kinds.js";
import { nearLabels, sameLabels } from "./label-names.js";
import type { Entry, Subject } from "./subject.js";

/** The part of the pictures that training sets aside where no validation set is named. */
const heldOut = 0.2;

interface Counts {
  there: number;
  absent: number;
  unknown: number;
}

export function checkLabels({ labels, entries, val }: Subject, findings: Findings): void {
  const data = entries.filter(({ set }) => set === "data");
  if (data.length === 0) return;
  const counts = countsOf(data, labels);
  const measured =
    val &&
    countsOf(
      entries.filter(({ set }) => set === "val"),
      labels,
    );
  const numberOf = new Map(labels.map((label, column) => [label, counts[column].there]));
  const numbers = (names: readonly string[]) => names.map((name) => `${numberOf.get(name)}`).join(" and ");
  for (const same of sameLabels(labels)) {
    findings.add("same-label", { labels: same, detail: `on ${numbers(same)} pictures` });
  }
  for (const near of nearLabels(labels)) {
    findings.add("near-label", { labels: near, detail: `on ${numbers(near)} pictures` });
  }
  for (const [column, label] of labels.entries()) {
    const { there, absent, unknown } = counts[column];
    const add = (kind: Parameters<Findings["add"]>[0], detail?: string) =>
      findings.add(kind, { labels: [label], ...(detail && { detail }) });
    if (unknown === data.length) add("always-unknown");
    else if (there === 0) add("no-positive");
    else if (absent === 0)
      add("always-there", unknown > 0 ? `${there}, the others unknown` : `${there} of ${there}`);
    else if (there < fewToLearn) add("few-to-learn", `${there}`);
    else {
      const validating = measured ? measured[column].there : Math.floor(there * heldOut);
      if (validating < fewToMeasure) {
        add(
          "few-to-measure",
          measured ? `${validating} in validation` : `${there}, about ${validating} in validation`,
        );
      }
    }
  }
  for (const twins of twinLabels(data, labels, counts)) findings.add("twin-labels", { labels: twins });
}

function countsOf(entries: readonly Entry[], labels: readonly string[]): Counts[] {
  const counts = labels.map(() => ({ there: 0, absent: 0, unknown: 0 }));
  for (const { targets } of entries) {
    for (const [column, target] of targets.entries()) {
      const count = counts[column];
      if (target < 0) count.unknown++;
      else if (target >= 0.5) count.there++;
      else count.absent++;
    }
  }
  return counts;
}

/** Labels whose targets agree on every picture, and that are on some and absent from some. */
function twinLabels(
  entries: readonly Entry[],
  labels: readonly string[],
  counts: readonly Counts[],
): string[][] {
  const byCounts = new Map<string, number[][]>();
  for (const [column, { there, absent }] of counts.entries()) {
    if (there === 0 || absent === 0) continue;
    const groups = byCounts.get(`${there} ${absent}`) ?? [];
    const twins = groups.find(([first]) =>
      entries.every(({ targets }) => targets[first] === targets[column]),
    );
    if (twins) twins.push(column);
    else groups.push([column]);
    byCounts.set(`${there} ${absent}`, groups);
  }
  const groups = [...byCounts.values()].flat().filter((twins) => twins.length > 1);
  return groups.map((twins) => twins.map((column) => labels[column]));
}
