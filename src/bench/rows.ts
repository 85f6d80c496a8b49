// The rows of the benchmark: what is measured, and in which unit.

import type { Precision } from "../engines/engine.js";
import type { EngineName } from "../engines/index.js";

export interface Row {
  readonly title: string;
  /** A step's items a second, or a step's milliseconds, or its seconds. */
  readonly unit: "pictures/s" | "ms" | "s";
  /** Whether it is a network's, on an engine in a precision. */
  readonly network: boolean;
  /** As `--freeze` of training, of a network that is trained. */
  readonly freeze?: "backbone" | "layer3" | "none";
  readonly batchnorm?: "batch" | "frozen";
  /** Whether the gradient has an array that is kept from step to step, of a loss. */
  readonly keeps?: boolean;
  /** PyTorch's programs for it (`--row` of bench/pytorch/speed.py), by what tells one from the other. */
  readonly pytorch: Readonly<Record<string, string>>;
  /** Precisions that only one engine has. */
  readonly only?: { readonly engine: EngineName; readonly precision: "int8" };
  /** Steps a round, where another number than the usual is right. */
  readonly steps?: number;
  /** Rounds, likewise. */
  readonly rounds?: number;
  /** Whether the first steps are left out, since they get their memory from the system; else all count. */
  readonly warm: boolean;
  /** Whether it wants a data set (`--data`). */
  readonly data?: boolean;
  /** Whether as many other processes as there are cores compute all the while. */
  readonly busy?: boolean;
  /** Whether the round's figure is the median of its steps, not all of them together. */
  readonly median?: boolean;
}

const loss = {
  unit: "ms",
  network: false,
  warm: true,
  pytorch: { fused: "loss", "sigmoid, then cross-entropy": "loss-naive" },
} as const;
const network = { unit: "pictures/s", network: true, warm: true } as const;

export const rows: Readonly<Record<string, Row>> = {
  inference: { title: "inference", ...network, pytorch: { "": "inference" } },
  "inference-int8": {
    title: "inference, int8",
    ...network,
    pytorch: {},
    only: { engine: "ort", precision: "int8" },
  },
  stage: {
    title: "layer4 and head, every step through the trunk",
    ...network,
    freeze: "layer3",
    pytorch: { "": "stage" },
  },
  "stage-cached": {
    title: "layer4 and head, from the cached trunk",
    ...network,
    freeze: "layer3",
    pytorch: { "through the trunk": "stage", "from a cache of its own": "stage-cached" },
  },
  all: {
    title: "everything, BatchNormalization on batch statistics",
    ...network,
    freeze: "none",
    pytorch: { "": "all" },
  },
  "all-frozen-norm": {
    title: "everything, BatchNormalization frozen",
    ...network,
    freeze: "none",
    batchnorm: "frozen",
    pytorch: { "": "all-frozen-norm" },
  },
  "stage-cached-busy": {
    title: "layer4 and head, from the cached trunk, on a busy machine",
    ...network,
    freeze: "layer3",
    busy: true,
    pytorch: { "from a cache of its own": "stage-cached" },
  },
  "all-busy": {
    title: "everything, on a busy machine",
    ...network,
    freeze: "none",
    busy: true,
    pytorch: { "": "all" },
  },
  run: {
    title: "head only, from pictures to bundle",
    unit: "s",
    network: true,
    warm: false,
    rounds: 1,
    steps: 1,
    data: true,
    pytorch: { "": "run" },
  },
  latency: {
    title: "one picture, from a JPEG file",
    unit: "ms",
    network: true,
    warm: true,
    steps: 15,
    median: true,
    pytorch: { "": "latency" },
  },
  loss: { title: "loss, value and gradient, 1,024 × 10,000", ...loss },
  "loss-kept": { title: "the same loss, into an array that is kept", ...loss, keeps: true },
  map: {
    title: "mAP, 100,000 × 1,000",
    unit: "ms",
    network: false,
    warm: false,
    steps: 1,
    rounds: 2,
    pytorch: {},
  },
  loader: {
    title: "loader alone: decode and augment",
    unit: "pictures/s",
    network: false,
    warm: true,
    steps: 1,
    pytorch: { "": "loader" },
  },
};

/** Those that are measured where none is named: what a user wants to know of a machine. */
export const usualRows = ["inference", "stage", "stage-cached", "all"] as const;

/** What each side is told. */
export interface Settings {
  readonly backbone: string;
  readonly size: number;
  readonly batch: number;
  readonly labels: number;
  readonly threads: number;
  readonly epochs: number;
  /** The data set: see BenchData. */
  readonly data: string;
  readonly val: string;
  readonly json: string;
}

/** One of our own sides. */
export interface Ours {
  readonly engine: EngineName;
  readonly precision: Precision | "int8";
}
