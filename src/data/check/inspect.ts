// Inspect: what is wrong with the files that rows name, what the pictures show, and which are copies.
import { grouped } from "../../base/grouped.js";
import { isPlain } from "../duplicates/fingerprint.js";
import type { Look } from "../duplicates/look-worker.js";
import { lookAt } from "../duplicates/looks.js";
import { nearCopies } from "../duplicates/near-copies.js";
import { copiesOf } from "../files/same-bytes.js";
import { pathFrom } from "../formats/written.js";
import { checkCopies } from "./copies.js";
import { elsewhere } from "./elsewhere.js";
import { type Fault, statFiles } from "./files.js";
import type { Findings } from "./findings.js";
import { type Kind, largeMegabytes, largeMegapixels, tinySide } from "./kinds.js";
import { type Entry, placeOf, type Subject } from "./subject.js";

/** What a check is at: looking for files, comparing their bytes, decoding pictures. */
export type CheckStage = "files" | "bytes" | "pictures";

/** What was learned of the pictures: by path, absolute. */
export interface Inspection {
  /** Pictures that training can use, as far as was looked. */
  readonly usable: ReadonlySet<string>;
  /** Rows that show the same picture (the same bytes): two or more, no path twice in one set. */
  readonly copies: readonly (readonly Entry[])[];
}

export interface InspectOptions {
  readonly decode: boolean;
  readonly workers?: number;
  readonly examples: number;
  readonly onProgress?: (stage: CheckStage, done: number, total: number) => void;
}

const kindOf = {
  missing: "missing-file",
  closed: "closed-file",
  empty: "empty-file",
  foreign: "foreign-file",
  "too-large": "too-large",
  damaged: "damaged-file",
} as const satisfies Record<Fault["fault"], Kind>;

/** Tells what is wrong with files and pictures. */
export async function inspect(
  { data, entries, labels }: Subject,
  { decode, workers, examples, onProgress }: InspectOptions,
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
