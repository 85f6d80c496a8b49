// Format: what a bundle can be exported as; one file each, listed in formats.ts.
import type { Bundle } from "../bundle/bundle.js";

export const precisions = ["fp32", "fp16", "int8"] as const;
/** What weights are kept in. */
export type Precision = (typeof precisions)[number];

/** As what a bundle is exported, every option settled; their meanings are those of ExportOptions. */
export interface ExportSettings {
  readonly out: string;
  readonly precision: Precision;
  readonly data?: string;
  readonly force: boolean;
  readonly threads?: number;
}

/** Told while a bundle is exported. */
export interface ExportHooks {
  /** Told how far a part of the work is that takes long. */
  onProgress?: (task: string, done: number, total: number) => void;
  /** Told of what a person should know, a sentence each. */
  onNote?: (sentence: string) => void;
}

export interface ExportRequest {
  readonly bundle: Bundle;
  /** The bundle's folder as it was named, for sentences. */
  readonly dir: string;
  readonly settings: ExportSettings;
  readonly hooks: ExportHooks;
}

/** What an export made. */
export interface Exported {
  /** Absolute paths, the most important first. */
  readonly files: readonly string[];
  /** Where the export computes otherwise than the bundle: what that costs on labelled pictures. */
  readonly quality?: Quality;
}

/** What an export cost, measured on labelled pictures. */
export interface Quality {
  /** The labels file that it was measured on. */
  readonly data: string;
  readonly images: number;
  /** Of the bundle's model and of the exported one; null where no label has a positive. */
  readonly mAP: { readonly before: number | null; readonly after: number | null };
  /** The largest difference of a probability. */
  readonly largestDifference: number;
}

export interface Format {
  /** A line of help. */
  readonly description: string;
  /** What `--out` names: a file that ends so, or a folder. */
  readonly out: `.${string}` | "folder";
  /** The precisions of weights that it offers, the default first. */
  readonly precisions: readonly Precision[];
  export(request: ExportRequest): Promise<Exported>;
}
