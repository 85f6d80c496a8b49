// The report of a check, for people: errors first, each kind with its number, examples and what to do.

import pc from "picocolors";
import { count } from "../base/count.js";
import { duration } from "../base/duration.js";
import { shortened } from "../base/shortened.js";
import type { CheckReport } from "../data/check/check.js";
import type { Example, Finding, Place } from "../data/check/findings.js";
import type { Severity } from "../data/check/kinds.js";
import { shownName } from "../data/check/label-names.js";
import { fromHere } from "./output.js";

/** Where lines break. */
const width = 80;
/** Pictures that one example names. */
const mostPictures = 4;

const marks: Record<Severity, string> = { error: "✖", warning: "▲", note: "•" };
const colours: Record<Severity, (text: string) => string> = {
  error: pc.red,
  warning: pc.yellow,
  note: pc.cyan,
};

export function told(report: CheckReport, seconds: number): string {
  const { data, val, rows, valRows = 0, labels, format, decoded, findings, fixed, unfixed } = report;
  const sizes = `${count(rows, "row")}, ${count(labels, "label")} (${format})`;
  const lines = [
    `${pc.bold(data)}: ${sizes}${val === undefined ? "" : `; ${val}: ${count(valRows, "row")}`}`,
    "",
  ];
  for (const finding of findings) lines.push(...tellFinding(finding, val !== undefined), "");
  lines.push(...wrap(`${summary(report)}, in ${duration(seconds)}.`, ""));
  if (!decoded)
    lines.push(...wrap("The images were not decoded, so damage and near copies were not checked.", ""));
  if (fixed !== undefined) {
    const path = fromHere(fixed.path);
    lines.push("", `${pc.bold(path)}: ${count(fixed.rows, "row")}, ${count(fixed.labels, "label")}`);
    for (const change of fixed.changes) lines.push(...wrap(change, "    ", "  - "));
    if (fixed.changes.length === 0) {
      const why =
        findings.length === 0 ? "there was nothing to fix" : "the problems need a person to fix them";
      lines.push(`  The same as before: ${why}.`);
    }
  }
  if (unfixed !== undefined) lines.push("", ...wrap(`Nothing was written: ${unfixed}`, ""));
  return `${lines.join("\n")}\n`;
}

function summary({ findings }: CheckReport): string {
  if (findings.length === 0) return pc.green("Nothing found");
  const parts = (["error", "warning", "note"] as const).flatMap((severity) => {
    const kinds = findings.filter((finding) => finding.severity === severity).length;
    return kinds === 0 ? [] : [colours[severity](count(kinds, severity))];
  });
  return parts.join(", ");
}

function tellFinding(
  { kind, severity, title, advice, count, examples }: Finding,
  namesSets: boolean,
): string[] {
  const colour = colours[severity];
  const [first, ...others] = wrap(title, "  ", `${marks[severity]} `);
  const lines = [colour(pc.bold(first)), ...others.map((line) => colour(pc.bold(line)))];
  const last = lines.length - 1;
  lines[last] += pc.dim(`  ${kind}`);
  for (const example of examples) lines.push(...wrap(tellExample(example, namesSets), "      ", "    "));
  const rest = count - examples.length;
  if (rest > 0) lines.push(`    ${examples.length === 0 ? "" : "and "}${rest} more`);
  return [...lines, ...wrap(advice, "  ").map((line) => pc.dim(line))];
}

function tellExample({ pictures = [], labels = [], detail }: Example, namesSets: boolean): string {
  const named = pictures.slice(0, mostPictures).map((place) => tellPlace(place, namesSets));
  if (pictures.length > mostPictures) named.push(`${pictures.length - mostPictures} more`);
  const parts = [named.join(", "), labels.map(shownName).join(", "), detail ?? ""];
  return shortened(parts.filter((part) => part !== "").join(": "));
}

function tellPlace({ set, row, image }: Place, namesSets: boolean): string {
  return `${image} (${namesSets && set === "val" ? "validation, " : ""}row ${row})`;
}

/** Breaks between words. @param first what the first line begins with, in place of `indent` */
function wrap(text: string, indent: string, first = indent): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
