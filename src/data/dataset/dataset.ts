// Dataset: pictures and their targets, whatever file they came from.

/** A picture of a data set. */
export interface Picture {
  /** Where it is: absolute. */
  readonly path: string;
  /** As the labels file writes it. */
  readonly name: string;
  /** Its line in the labels file, the header being line 1. */
  readonly row: number;
}

/** Pictures and what is known of their labels. */
export interface Dataset {
  /** The labels file (or folder) that it was read from: absolute. */
  readonly source: string;
  readonly labels: readonly string[];
  readonly pictures: readonly Picture[];
  /** Row-major [pictures, labels]: 1 there, 0 not there, −1 unknown, or soft in between. */
  readonly targets: Float32Array;
  /** For each picture the group that it belongs to, where one was asked for: a split keeps groups together. */
  readonly groups?: readonly string[];
}
