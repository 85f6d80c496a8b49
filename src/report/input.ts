// What a report is made of: a run, its data, and what the network of its best epoch says of the validation pictures.
import type { DataEvaluation } from "../bundle/evaluate.js";
import type { Dataset } from "../data/dataset/dataset.js";
import type { LossSpec } from "../losses/index.js";
import type { Calibration, CalibrationMethod } from "../metrics/index.js";

/** An epoch, as `metrics.jsonl` tells it. */
export interface EpochFigures {
  readonly epoch: number;
  readonly loss: number;
  readonly validationLoss: number;
  readonly mAP: number | null;
  readonly imagesPerSecond: number;
  readonly learningRate: number;
  readonly seconds: number;
}

export interface ReportInput {
  /** The run folder's name. */
  readonly name: string;
  /** Those that are done, in order. */
  readonly epochs: readonly EpochFigures[];
  /** The epoch that is reported; 0: the network as initialised. */
  readonly bestEpoch: number;
  /** Whether the run has come to its end. */
  readonly ended: boolean;
  /** By the names of `train`'s options. */
  readonly settings: Readonly<Record<string, unknown>> & {
    readonly epochs: number;
    readonly backbone: string;
    readonly freeze: string;
    readonly size: number;
  };
  readonly engine: string;
  /** What was chosen and why, a sentence each. */
  readonly choices: readonly string[];
  readonly training: Dataset;
  readonly validation: Dataset;
  /** Whether the validation pictures are a part of the data that was given. */
  readonly heldOut: boolean;
  /** The figures of a test set, where the run was given one and has ended. */
  readonly test?: DataEvaluation & { readonly source: string };
  readonly loss: LossSpec;
  /** Of the validation pictures that can be read. */
  readonly scores: {
    readonly images: number;
    /** Which pictures of the set they are. */
    readonly pictures: Uint32Array;
    /** Row-major [images, labels], before calibration. */
    readonly logits: Float32Array;
    readonly targets: Float32Array;
  };
  /** What was chosen on them. */
  readonly tuning: {
    readonly thresholds: readonly number[];
    readonly thresholdFor: string;
    readonly calibration: ({ readonly method: CalibrationMethod } & Calibration) | null;
    readonly crossValidation: {
      readonly calibrationError: { readonly before: number; readonly after: number } | null;
    };
    readonly notes: readonly string[];
  };
}
