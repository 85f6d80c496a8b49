// Check: everything that is wrong with a data set, in one report.
import { UserError } from "../../base/errors.js";
import { grouped } from "../../base/grouped.js";
import { isPlain } from "../alike/fingerprint.js";
import type { Look } from "../alike/look-worker.js";
import { lookAt } from "../alike/looks.js";
import { nearCopies } from "../alike/near-copies.js";
import { copiesOf } from "../copies.js";
import { pathFrom } from "../formats/written.js";
import { checkCopies, checkGroups } from "./copies.js";
import { elsewhere } from "./elsewhere.js";
import { type Fault, statFiles } from "./files.js";
import { type Finding, Findings } from "./findings.js";
import { type Fixed, type FixedPlace, fix, type Inspection, placeForFixed } from "./fix.js";
import { type Kind, largeMegabytes, largeMegapixels, tinySide } from "./kinds.js";
import { checkLabels } from "./label-counts.js";
import { checkRows } from "./rows.js";
import { type Entry, placeOf, readSubject, type Subject } from "./subject.js";
import { unnamedPictures } from "./unnamed.js";

/** What a check is at: looking for files, comparing their bytes, decoding pictures. */
export type CheckStage = "files" | "bytes" | "pictures";

/** How a data set is checked. */
export interface CheckOptions {
  /** The format of the labels files; default: recognised. */
  format?: string;
  /** The column (or key) whose value names the group that a picture belongs to; it is no label. */
  groupBy?: string;
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
  const findings = new Findings();
  checkRows(subject, findings);
  const inspection = await inspect(subject, options, findings);
  checkGroups(subject.entries, findings);
  checkLabels(subject, findings);
  await tellUnnamed(subject, findings);
  const list = findings.list(examples);
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

const kindOf = {
  missing: "missing-file",
  closed: "closed-file",
  empty: "empty-file",
  foreign: "foreign-file",
  "too-large": "too-large",
  damaged: "damaged-file",
} as const satisfies Record<Fault["fault"], Kind>;

async function inspect(
  { data, entries, labels }: Subject,
  { decode = true, workers, examples = 5, onProgress }: CheckOptions,
  findings: Findings,
): Promise<Inspection> {
  const entriesAt = grouped(entries, ({ path }) => path);
  const tell = (kind: Kind, path: string, detail?: string) => {
    for (const entry of entriesAt.get(path) ?? []) {
      findings.add(kind, { pictures: [placeOf(entry)], ...(detail && { detail }) });
    }
  };
  const all = [...entriesAt.keys()];
  const sizes = await statFiles(all, (done, total) => onProgress?.("files", done, total));
  const { folder } = data.source;
  const missing = all.filter((_, i) => isMissing(sizes[i])).slice(0, examples);
  const found = await elsewhere(missing, folder);
  const foundFor = new Map(missing.map((path, i) => [path, found[i]]));
  for (const [i, size] of sizes.entries()) {
    if (typeof size === "number") continue;
    const place = foundFor.get(all[i]);
    const hint = place && `; there is ${pathFrom(folder, place)}.`;
    tell(kindOf[size.fault], all[i], hint ? size.reason.replace(/\.$/, () => hint) : size.reason);
  }
  const present = all.filter((_, i) => typeof sizes[i] === "number");
  const bytesOf = new Map(all.map((path, i) => [path, sizes[i]]));

  const copyOf = await copiesOf(
    present,
    (done, total) => onProgress?.("bytes", done, total),
    (path) => Number(bytesOf.get(path)),
  );
  const groups = [...grouped(present, (_, i) => copyOf[i]).values()];
  const looks = decode
    ? await lookAt(
        groups.map(([first]) => first),
        { workers, onProgress: (done, total) => onProgress?.("pictures", done, total) },
      )
    : groups.map(() => undefined);

  const rowsOf = (paths: readonly string[]) => paths.flatMap((path) => firstRows(entriesAt.get(path) ?? []));
  const usable = new Set<string>();
  for (const [i, paths] of groups.entries()) {
    for (const path of paths) {
      const look = looks[i];
      if (look && "fault" in look) tell(kindOf[look.fault], path, look.reason);
      else {
        usable.add(path);
        const borne =
          entriesAt.get(path)?.some(({ targets }) => targets.some((target) => target > 0)) ?? false;
        tellLook(look, Number(bytesOf.get(path)), borne, (kind, detail) => tell(kind, path, detail));
      }
    }
  }
  const copies = groups.map(rowsOf).filter((rows) => rows.length > 1 && usable.has(rows[0].path));
  checkCopies(copies, labels, false, findings);

  const near = nearCopies(
    looks.map((look) => (look && "fingerprint" in look ? look.fingerprint : undefined)),
  );
  const alike = [...grouped(groups, (_, i) => near[i]).values()].filter((found) => found.length > 1);
  checkCopies(
    alike.map((found) => found.flatMap(rowsOf)),
    labels,
    true,
    findings,
  );
  return { usable, copies };
}

function isMissing(size: number | Fault): boolean {
  return typeof size !== "number" && size.fault === "missing";
}

/** The first row of each set: that others repeat it is told elsewhere. */
function firstRows(rows: readonly Entry[]): Entry[] {
  return [...grouped(rows, ({ set }) => set).values()].map(([first]) => first);
}

/** What is unusual about a picture that can be decoded. @param borne whether any label is said to be on it */
function tellLook(
  look: Look | undefined,
  bytes: number,
  borne: boolean,
  tell: (kind: Kind, detail?: string) => void,
): void {
  const megabytes = bytes / 1e6;
  if (look === undefined || "fault" in look) {
    if (megabytes > largeMegabytes) tell("large-file", `${Math.round(megabytes)} MB`);
    return;
  }
  const { width, height, fingerprint, flawed } = look;
  const size = `${width} × ${height} pixels`;
  if (megabytes > largeMegabytes || width * height > largeMegapixels * 1e6) {
    tell("large-file", `${size}, ${megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`);
  }
  if (flawed) tell("flawed-file");
  if (Math.min(width, height) < tinySide) tell("tiny-picture", size);
  else if (isPlain(fingerprint) && borne) tell("plain-picture", size);
}

async function tellUnnamed({ data, val, entries }: Subject, findings: Findings): Promise<void> {
  // There each picture is a row, save what has the same bytes as another one.
  if (data.format.name === "folders" || val?.format.name === "folders") return;
  const unnamed = await unnamedPictures(entries.map(({ path }) => path));
  for (const path of unnamed) findings.add("unnamed-picture", { detail: pathFrom(data.source.folder, path) });
}
