// Check: everything that is wrong with a data set, in one report.
import { UserError } from "../../base/errors.js";
import { pathFrom } from "../formats/written.js";
import { checkGroups } from "./copies.js";
import { type Finding, Findings } from "./findings.js";
import { type Fixed, type FixedPlace, fix, placeForFixed } from "./fix.js";
import { type CheckStage, type Inspection, inspect } from "./inspect.js";
import { checkLabels } from "./label-counts.js";
import { checkRows } from "./rows.js";
import { readSubject, type Subject } from "./subject.js";
import { unnamedPictures } from "./unnamed.js";

/** How a data set is checked. */
export interface CheckOptions {
  /** The format of the labels files; default: recognised. */
  format?: string;
  /** The column (or key) whose value names the group that a picture belongs to; it is no label. */
  groupBy?: string;
  /** The folder that the paths in the labels files start from; default: each file's own, or what the file says. */
  images?: string;
  /** The labels file (or folder) that a run would validate on: what is in both is told. */
  val?: string;
  /** Whether pictures are decoded; default true. Else damaged pictures and near copies are not found. */
  decode?: boolean;
  /** Threads that decode; default: the machine's cores, at most 4. */
  workers?: number;
  /** Examples of each finding; default 5. */
  examples?: number;
  /** A new file for a cleaned copy of the labels. */
  fix?: string;
  /** Told how far a stage is. */
  onProgress?: (stage: CheckStage, done: number, total: number) => void;
}

/** What a check found. */
export interface CheckReport {
  /** As they were named. */
  readonly data: string;
  readonly val?: string;
  readonly format: string;
  /** Rows of `data` and of `val`. */
  readonly rows: number;
  readonly valRows?: number;
  readonly labels: number;
  /** Whether the pictures were decoded. */
  readonly decoded: boolean;
  /** How many kinds of each severity were found. */
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  /** Errors first. */
  readonly findings: readonly Finding[];
  readonly fixed?: Fixed;
  /** Why nothing was written, though it was to be. */
  readonly unfixed?: string;
}

/**
 * Looks at a data set, its rows, labels and pictures, and tells everything that is wrong with it. With `fix`
 * it also writes the labels anew without what can be mended; see `fix`.
 *
 * @throws UserError where DATA cannot be read at all, or `fix` names something that exists or has another ending
 */
export async function checkDataset(data: string, options: CheckOptions = {}): Promise<CheckReport> {
  const { val, decode = true, examples = 5 } = options;
  const subject = await readSubject(data, val, options);
  const place = options.fix === undefined ? undefined : await placeForFixed(subject, options.fix);
  const findings = new Findings(examples);
  checkRows(subject, findings);
  const inspection = await inspect(subject, { ...options, decode, examples }, findings);
  checkGroups(subject.entries, findings);
  checkLabels(subject, findings);
  await tellUnnamed(subject, findings);
  const list = findings.list();
  const count = (severity: Finding["severity"]) =>
    list.filter((finding) => finding.severity === severity).length;
  const valRows = subject.val?.table.rows.length;
  return {
    data,
    ...(val !== undefined && { val, valRows }),
    format: subject.data.format.name,
    rows: subject.data.table.rows.length,
    labels: subject.labels.length,
    decoded: decode,
    errors: count("error"),
    warnings: count("warning"),
    notes: count("note"),
    findings: list,
    ...(place && (await fixedOrNot(subject, inspection, place, options.groupBy))),
  };
}

/** What was found stands, also where it cannot be mended. */
async function fixedOrNot(
  subject: Subject,
  inspection: Inspection,
  place: FixedPlace,
  groupBy: string | undefined,
): Promise<Pick<CheckReport, "fixed" | "unfixed">> {
  try {
    return { fixed: await fix(subject, inspection, place, groupBy) };
  } catch (error) {
    if (error instanceof UserError) return { unfixed: error.message };
    throw error;
  }
}

async function tellUnnamed({ data, val, entries }: Subject, findings: Findings): Promise<void> {
  // There each picture is a row, save what has the same bytes as another one.
  if (data.format.name === "folders" || val?.format.name === "folders") return;
  const unnamed = await unnamedPictures(entries.map(({ path }) => path));
  for (const path of unnamed) findings.add("unnamed-picture", { detail: pathFrom(data.source.folder, path) });
}
