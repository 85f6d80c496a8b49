// Format: one way to write down which pictures there are and what is in them. One file a format.
import type { Problems } from "../problems.js";

/** The labels file or folder that the user named. */
export interface Source {
  /** Absolute. */
  readonly path: string;
  /** As the user wrote it: for messages. */
  readonly name: string;
  readonly isFolder: boolean;
  /** The file's text. Throws a UserError where it is none. */
  text(): Promise<string>;
}

/** What a format finds in a source, before paths are resolved and labels put in order. */
export interface Table {
  /** As many as `targets` has columns, no two the same. */
  readonly labels: readonly string[];
  readonly rows: readonly Row[];
  /** Row-major [rows, labels]: 1 there, 0 not there, −1 unknown, or soft in between. */
  readonly targets: Float32Array;
  /** The target of a label that this source does not know: 0 if it names what is there, −1 if it says nothing. */
  readonly otherwise: 0 | -1;
}

export interface Row {
  /** The picture's path, absolute or from the source's folder, as it is written. */
  readonly name: string;
  /** Its line, the header being line 1. */
  readonly row: number;
}

export interface Format {
  /** What `--format` calls it. */
  readonly name: string;
  /** For people, after the name: what such a source looks like. */
  readonly description: string;
  recognises(source: Source): boolean | Promise<boolean>;
  /** Adds to `problems` what is wrong in single rows; throws a UserError where there is no reading on. */
  read(source: Source, problems: Problems): Promise<Table>;
}
