// Label counts: labels that cannot be learned or measured for want of pictures that have or lack them.
import { grouped } from "../../base/grouped.js";
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
  const absentRows = entries.reduce((sum, { targets }) => sum + Number(targets.other === 0), 0);
  const counts = labels.map(() => ({ there: 0, absent: absentRows, unknown: entries.length - absentRows }));
  for (const { targets } of entries) {
    const other = targets.other === 0 ? "absent" : "unknown";
    targets.each((column, target) => {
      const count = counts[column];
      count[other]--;
      count[target < 0 ? "unknown" : target >= 0.5 ? "there" : "absent"]++;
    });
  }
  return counts;
}

/** Labels whose targets agree on every picture, and that are on some and absent from some. */
function twinLabels(
  entries: readonly Entry[],
  labels: readonly string[],
  counts: readonly Counts[],
): string[][] {
  // Two sums of 32 bits over what rows name, which twins share. That rows name it in all of one's rows makes the
  // same of a label that rows name in none, where the others are what it is.
  const sums = [new Uint32Array(labels.length), new Uint32Array(labels.length)];
  for (const [i, { targets }] of entries.entries()) {
    const { other } = targets;
    targets.each((column, target) => {
      for (const [s, sum] of sums.entries()) {
        sum[column] += mixed(2 * i + s, target) - mixed(2 * i + s, other);
      }
    });
  }
  const alike = [
    ...grouped(labels.keys(), (column) => {
      const { there, absent } = counts[column];
      return there === 0 || absent === 0 ? "" : `${there} ${absent} ${sums[0][column]} ${sums[1][column]}`;
    }),
  ];
  return alike
    .filter(([key, columns]) => key !== "" && columns.length > 1)
    .map(([, columns]) => columns.map((column) => labels[column]));
}

/** 32 bits of a row's number and a target (the mixer of MurmurHash3). */
function mixed(row: number, target: number): number {
  let h = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(Math.round(target * 1e9), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
