// Format: one way to write down which pictures there are and what is in them. One file a format.
import type { Problems } from "./problems.js";
import type { Source } from "./source.js";
import type { Others, Targets } from "./targets.js";

/** What a format finds in a source, before labels are put in order. */
export interface Table {
  /** As many as `targets` has columns, no two the same. */
  readonly labels: readonly string[];
  readonly rows: readonly Row[];
  readonly targets: Targets;
  /** The target of a label that this source does not know: 0 if it names what is there, −1 if it says nothing. */
  readonly otherwise: Others;
}

export interface Row {
  /** The picture's path as it is written: absolute, or from the source's folder unless `path` is given. */
  readonly name: string;
  /** Its line (the header being line 1), or, where there are no lines, its number from 1. */
  readonly row: number;
  /** Where the picture is, absolute, where `name` alone does not tell. */
  readonly path?: string;
  /** What else the source says of the picture, by the column's name. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Whether not all that is said of the picture can be read; what cannot is unknown. */
  readonly partly?: boolean;
}

export interface ReadFormatOptions {
  /** A column that is no label, though it stands among them. */
  readonly groupBy?: string;
}

/** What is written down: a data set, or a part of a table. */
export interface Content {
  readonly labels: readonly string[];
  /** `path` is absolute. */
  readonly pictures: readonly { readonly path: string; readonly fields?: Row["fields"] }[];
  /** Row-major [pictures, labels]. */
  readonly targets: Float32Array;
  /** For each picture the group that it belongs to, and what the column of these is called: to be written only with it. */
  readonly groups?: readonly string[];
  readonly groupBy?: string;
}

/** A format that one file holds; the pictures stay where they are. */
export interface FileWriter {
  readonly kind: "file";
  /** What the file's name ends in, by which it is recognised. */
  readonly ending: ".csv" | ".json";
  /** The text of the file. @param folder where it will stand, absolute */
  write(content: Content, folder: string): string;
}

/** A format that is a folder with the pictures in it. */
export interface FolderWriter {
  readonly kind: "folder";
  /**
   * What goes into the folder, by path from it with slashes.
   * @param names for each picture the path to copy it to, unique without its ending
   */
  write(content: Content, names: readonly string[]): FolderContent;
}

export interface FolderContent {
  readonly texts: ReadonlyMap<string, string>;
  /** Copies of pictures: from the index of a picture to where it goes. */
  readonly copies: readonly (readonly [picture: number, to: string])[];
  /** Folders that may be empty. */
  readonly folders?: readonly string[];
}

export interface Format {
  /** What `--format` and `--to` call it. */
  readonly name: string;
  /** For people, after the name: what such a source looks like. */
  readonly description: string;
  /** Which targets other than 1 and 0 it can hold, and whether labels that no picture has, and groups. */
  readonly holds: {
    readonly unknown: boolean;
    readonly soft: boolean;
    readonly unused: boolean;
    readonly groups: boolean;
  };
  readonly writer: FileWriter | FolderWriter;
  recognises(source: Source): boolean | Promise<boolean>;
  /** Adds to `problems` what is wrong in single rows; throws a UserError where there is no reading on. */
  read(source: Source, problems: Problems, options: ReadFormatOptions): Promise<Table>;
}
