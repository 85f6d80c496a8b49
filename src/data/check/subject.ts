// Subject: the data sets that are checked, read as far as they can be, as one list of rows.
import { namesNoFile, orderTargets, type Reading, type ReadOptions, readSource } from "../dataset/read.js";
import type { Targets } from "../formats/targets.js";
import type { Place } from "./findings.js";

/** For each label of the subject 1, 0, −1 for unknown, or soft in between. */
export class RowOfTargets {
  constructor(
    private readonly all: Targets,
    private readonly row: number,
  ) {}

  /** What holds of the labels that the row does not name. */
  get other(): 0 | -1 {
    return this.all.other(this.row);
  }

  at(column: number): number {
    return this.all.at(this.row, column);
  }

  some(isSo: (target: number) => boolean): boolean {
    return this.all.some(this.row, isSo);
  }

  /** Visits the labels that the row names, ascending. */
  each(visit: (column: number, target: number) => void): void {
    this.all.each(this.row, visit);
  }

  dense(): Float32Array {
    return this.all.row(this.row);
  }
}

export interface Entry extends Place {
  /** Absolute. */
  readonly path: string;
  readonly targets: RowOfTargets;
  /** What else the source says of the picture, by the name of the column. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The group that it belongs to, where one was asked for. */
  readonly group?: string;
  /** Whether not all that is said of it could be read. */
  readonly partly: boolean;
}

export interface Subject {
  readonly data: Reading;
  readonly val: Reading | undefined;
  /** Those of `data`. */
  readonly labels: readonly string[];
  /** The rows of `data`, then those of `val`, without those that name no file. */
  readonly entries: readonly Entry[];
}

/** @throws UserError where there is no reading on */
export async function readSubject(
  data: string,
  val: string | undefined,
  options: Pick<ReadOptions, "format" | "groupBy" | "images">,
): Promise<Subject> {
  const read = {
    data: await readSource(data, options),
    val: val === undefined ? val : await readSource(val, options),
  };
  const { labels } = read.data.table;
  return {
    ...read,
    labels,
    entries: [
      ...entriesOf("data", read.data, labels, options.groupBy),
      ...(read.val ? entriesOf("val", read.val, labels, options.groupBy) : []),
    ],
  };
}

function entriesOf(
  set: Place["set"],
  { table, paths, problems }: Reading,
  labels: readonly string[],
  groupBy: string | undefined,
): Entry[] {
  const targets = orderTargets(table, labels, problems);
  return table.rows.flatMap((written, i) => {
    // It has been told as a row that cannot be read.
    if (namesNoFile(written)) return [];
    const { name, row, fields, partly = false } = written;
    const group = groupBy === undefined ? undefined : fields?.[groupBy];
    if (groupBy !== undefined && !group) {
      problems.add(row, `${groupBy} is not there or empty; wanted the group of each picture.`);
    }
    return {
      set,
      row,
      image: name,
      path: paths[i],
      partly,
      targets: new RowOfTargets(targets, i),
      ...(fields && { fields }),
      ...(group && { group }),
    };
  });
}

export function placeOf({ set, row, image }: Entry): Place {
  return { set, row, image };
}

/** The labels of which one entry is known to have what another is known to lack; soft targets by the nearer end. */
export function conflicts(entries: readonly Entry[], labels: readonly string[]): string[] {
  // What is there a row names: others are absent or unknown.
  const there = new Set<number>();
  for (const { targets } of entries) {
    targets.each((column, target) => {
      if (target >= 0.5) there.add(column);
    });
  }
  const isAbsent = (target: number) => target >= 0 && target < 0.5;
  return [...there]
    .sort((a, b) => a - b)
    .filter((column) => entries.some(({ targets }) => isAbsent(targets.at(column))))
    .map((column) => labels[column]);
}
