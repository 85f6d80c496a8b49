// TrainEvent: what a training run tells while it goes on, in the order in which it happens.
import type { DataEvaluation } from "../../bundle/evaluate.js";
import type { LabelReport } from "../../metrics/index.js";
import type { Choice } from "../recipe/choice.js";
import type { Settings } from "../recipe/options.js";
import type { Tuning } from "../tuning/tuning.js";
import type { Advance } from "./pace.js";

/** The sets of a run. */
export type SetName = "training" | "validation";

/** What a run learns from and is validated on. */
export interface DataSummary {
  /** The labels file of the training pictures. */
  readonly source: string;
  /** The labels file of the validation pictures; the training one where a part of it was set aside. */
  readonly validationSource: string;
  readonly labels: readonly string[];
  /** Training pictures, and how many of them bear each label. */
  readonly pictures: number;
  readonly positives: readonly number[];
  readonly validationPictures: number;
  /** Unknown targets among the training pictures' (masked). */
  readonly unknown: number;
}

/** Weights being fetched; happens before `start`, and only where they are not in the cache yet. */
export interface DownloadEvent {
  readonly event: "download";
  readonly file: string;
  /** Bytes so far, and of the whole where the server told. */
  readonly received: number;
  readonly total: number | undefined;
}

/** Pictures being looked at before a part of them is set aside, so that those that look alike stay on one side. */
export interface NearCopiesEvent extends Advance {
  readonly event: "near-copies";
}

/** Once, when everything is chosen and nothing has been computed. */
export interface StartEvent {
  readonly event: "start";
  /** What was chosen where options were left out, and why. */
  readonly choices: readonly Choice[];
  /** What the pictures do not let the run learn, or measure, a sentence each. */
  readonly warnings: readonly string[];
  readonly settings: Settings;
  readonly data: DataSummary;
  /** The engine and its versions. */
  readonly engine: string;
  /** Weights (numbers) that training changes, and all. */
  readonly trainableParameters: number;
  readonly parameters: number;
  /** Where a resumed run goes on: the next epoch (from 1) and the batches of it that are done. */
  readonly resumed: { readonly epoch: number; readonly step: number } | undefined;
}

/** The frozen part being run once over a set, before the first epoch. */
export interface TrunkEvent extends Advance {
  readonly event: "trunk";
  readonly set: SetName;
}

/** After each batch. */
export interface StepEvent {
  readonly event: "step";
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of this epoch, from 1. */
  readonly step: number;
  readonly steps: number;
  /** The batch's. */
  readonly loss: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** To the end of the whole run, validation included; undefined until it can be told. */
  readonly secondsLeft: number | undefined;
}

/** How far an epoch's validation is. */
export interface ValidationEvent extends Advance {
  readonly event: "validation";
  readonly epoch: number;
}

/** After each epoch's validation. */
export interface EpochEvent {
  readonly event: "epoch";
  readonly epoch: number;
  readonly epochs: number;
  /** The mean of the batches' losses, weighted by their pictures. */
  readonly loss: number;
  readonly validationLoss: number;
  /** Over the validation labels that have a positive; null where none has. */
  readonly mAP: number | null;
  /** Of training, without validation. */
  readonly imagesPerSecond: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
  /** Whether this is the best epoch so far. */
  readonly best: boolean;
  readonly seconds: number;
}

/** A picture that could not be read; told once for each picture. */
export interface SkippedEvent {
  readonly event: "skipped";
  readonly set: SetName | "test";
  /** As the labels file writes it, and its line there. */
  readonly picture: string;
  readonly row: number;
  readonly reason: string;
}

/** How far the test set is, after the bundle has been written. */
export interface TestEvent extends Advance {
  readonly event: "test";
}

/** While the report is written, after everything else is. */
export interface ReportEvent {
  readonly event: "report";
  /** Pictures that it shows; 0 of 0 while it is calculated. */
  readonly done: number;
  readonly total: number;
}

/** The last event of a run that was stopped by its signal: everything is saved. */
export interface InterruptedEvent {
  readonly event: "interrupted";
  readonly epoch: number;
  /** Batches of that epoch that are done. */
  readonly step: number;
  /** How to go on, a sentence. */
  readonly how: string;
}

/** The figures of a finished bundle on `--test DATA`. */
export interface TestFigures extends DataEvaluation {
  /** The labels file. */
  readonly source: string;
}

/** The last event of a run that came to its end. The figures are those of the weights in the bundle. */
export interface DoneEvent {
  readonly event: "done";
  readonly mAP: number | null;
  readonly validationLoss: number;
  /** The epoch whose weights are in the bundle; 0: as initialised. */
  readonly bestEpoch: number;
  /** The last epoch that was done, before the last of all if none had been better for long enough. */
  readonly epoch: number;
  /** The bundle's folder: absolute. */
  readonly bundle: string;
  /** With the bundle's thresholds, on the validation pictures that they were chosen on. */
  readonly labels: readonly LabelReport[];
  readonly macroF1: number | null;
  readonly microF1: number | null;
  /** What was chosen on the validation pictures, and what cross-validation thinks of it. */
  readonly tuning: Tuning;
  /** The bundle's figures on the test set, where one was given; its images have had no part in any choice. */
  readonly test: TestFigures | undefined;
  /** The report's file (absolute), or why it could not be written. */
  readonly report: { readonly path: string } | { readonly problem: string };
  /** Pictures of both sets that could not be read. */
  readonly skipped: number;
  readonly seconds: number;
}

/** What `train` tells while it goes on; `event` says which it is. */
export type TrainEvent =
  | NearCopiesEvent
  | DownloadEvent
  | StartEvent
  | TrunkEvent
  | StepEvent
  | ValidationEvent
  | EpochEvent
  | SkippedEvent
  | TestEvent
  | ReportEvent
  | InterruptedEvent
  | DoneEvent;
