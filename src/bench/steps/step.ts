// RowSteps: what one row of the benchmark does in a step, and what the rows share.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Random, random } from "../../base/random.js";
import type { Engine } from "../../engines/engine.js";
import { openEngine } from "../../engines/index.js";
import { openBackbone } from "../../models/registry.js";
import { classifier } from "../../training/classifier.js";
import type { Classifier } from "../../training/step/classifier.js";
import { sgd } from "../../training/step/optimizers/sgd.js";
import type { Ours, Row, Settings } from "../rows.js";

export interface RowSteps {
  /** What computes it. */
  readonly versions: string;
  /** Pictures in a step. */
  readonly items: number;
  step(): Promise<unknown>;
  /** Removes what it has written. */
  end?(): Promise<void>;
}

export type Prepare = (row: Row, ours: Ours, settings: Settings) => Promise<RowSteps>;

export const optimizer = sgd({ learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4 });

export function openOurs({ engine, precision }: Ours, { threads }: Settings): Promise<Engine> {
  return openEngine(engine, { threads, precision: precision === "bf16" ? "bf16" : "fp32" });
}

/** The network with random weights, or those of its file. */
export async function model({ backbone, labels, size }: Settings): Promise<Classifier> {
  const file = /[\\/.]/.test(backbone);
  const opened = await openBackbone({ backbone, weights: file ? undefined : "none", seed: 1 });
  return classifier(opened, { labels, size });
}

export const stream = (): Random => random(1, "bench");

/** A batch of noise: uint8 [batch, size, size, 3]. */
export function noise({ batch, size }: Settings): Uint8Array {
  const drawn = stream();
  return Uint8Array.from({ length: batch * size * size * 3 }, () => drawn.integer(256));
}

/** A fifth of them there. */
export function targets(images: number, { labels }: Settings): Float32Array {
  const drawn = stream();
  return Float32Array.from({ length: images * labels }, () => (drawn.uniform() < 0.2 ? 1 : 0));
}

export const temporary = () => mkdtemp(join(tmpdir(), "multihot-bench-"));
