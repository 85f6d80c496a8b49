// The rows of the speed benchmark: what of a ResNet-50 trains.
import type { EngineName } from "../src/engines/index.js";
import type { BatchNorm } from "../src/training/step-graph.js";

export interface Row {
  readonly title: string;
  /** As `--freeze` of training; none where the row is no training. */
  readonly freeze?: "backbone" | "layer3" | "none";
  readonly batchnorm?: BatchNorm;
  /** Coarser numbers, and the engine that computes with them; PyTorch has no such side. */
  readonly coarse?: { readonly precision: "bf16" | "int8"; readonly engine: EngineName };
}

/** By the names that bench/pytorch/speed.py has for them, where PyTorch has them too. */
export const rows: Record<string, Row> = {
  inference: { title: "inference" },
  "inference-bf16": { title: "inference in bf16", coarse: { precision: "bf16", engine: "onednn" } },
  "inference-int8": { title: "inference in int8", coarse: { precision: "int8", engine: "ort" } },
  head: { title: "training, head only", freeze: "backbone" },
  stage: { title: "training, last stage and head", freeze: "layer3" },
  all: { title: "training, everything", freeze: "none" },
  "all-frozen-norm": {
    title: "training, everything, BatchNormalization frozen",
    freeze: "none",
    batchnorm: "frozen",
  },
};

/** What both sides are told. */
export interface Settings {
  size: number;
  batch: number;
  labels: number;
  threads: number;
}
