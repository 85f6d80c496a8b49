// Validation: a network with the present weights, run over a set.
import type { Evaluation } from "../../bundle/manifest.js";
import { measure } from "../../bundle/measure.js";
import type { Program } from "../../engines/engine.js";
import type { Graph } from "../../graph/graph.js";
import type { LossSpec } from "../../losses/index.js";
import type { Batches } from "../input/batches.js";
import type { Weights } from "../step/classifier.js";
import type { Scores } from "../tuning/scores.js";

export interface ValidationOptions {
  /** The labels' names. */
  labels: readonly string[];
  loss: LossSpec;
  /** Told how many pictures are done. */
  onProgress: (done: number) => void;
  signal: AbortSignal | undefined;
}

export interface Validated {
  readonly evaluation: Evaluation;
  readonly scores: Scores;
}

/** A copy of a graph with other values of some of its initializers. */
export function withWeights(graph: Graph, weights: Weights): Graph {
  const copy = graph.clone();
  for (const [name, value] of weights) copy.initializers.set(name, value);
  return copy;
}

/**
 * Runs a network's program (output `logits`) over a set and measures what it says, with thresholds of 0.5.
 * @returns `diverged` if a logit is not finite; `interrupted` if the signal ended it
 */
export async function validate(
  program: Program,
  batches: Batches,
  { labels, loss, onProgress, signal }: ValidationOptions,
): Promise<Validated | "diverged" | "interrupted"> {
  const columns = labels.length;
  const logits = new Float32Array(batches.pictures * columns);
  const targets = new Float32Array(batches.pictures * columns);
  const pictures = new Uint32Array(batches.pictures);
  let images = 0;
  for await (const batch of batches.epoch(1)) {
    if (signal?.aborted) return "interrupted";
    const outputs = await program.run(batch.inputs);
    logits.set(outputs.logits.data as Float32Array, images * columns);
    targets.set(batch.targets.data as Float32Array, images * columns);
    pictures.set(batch.pictures, images);
    images += batch.images;
    onProgress(images);
  }
  const scores: Scores = {
    images,
    pictures: pictures.subarray(0, images),
    logits: logits.subarray(0, images * columns),
    targets: targets.subarray(0, images * columns),
  };
  if (!scores.logits.every(Number.isFinite)) return "diverged";
  return { evaluation: measure(scores.logits, scores.targets, { images, labels, loss }), scores };
}
