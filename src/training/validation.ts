// Validation: a network with the present weights, run over a set.
import type { Evaluation } from "../bundle/manifest.js";
import { measure } from "../bundle/measure.js";
import type { Engine } from "../engines/engine.js";
import type { Graph } from "../graph/graph.js";
import type { Batches } from "./batches.js";
import type { Weights } from "./classifier.js";

export interface ValidationOptions {
  engine: Engine;
  /** The labels' names. */
  labels: readonly string[];
  /** Told how many pictures are done. */
  onProgress: (done: number) => void;
  signal: AbortSignal | undefined;
}

/** A copy of a graph with other values of some of its initializers. */
export function withWeights(graph: Graph, weights: Weights): Graph {
  const copy = graph.clone();
  for (const [name, value] of weights) copy.initializers.set(name, value);
  return copy;
}

/**
 * Runs a network (output `logits`) over a set and measures what it says, with thresholds of 0.5.
 * @returns `diverged` if a logit is not finite; `interrupted` if the signal ended it
 */
export async function validate(
  network: Graph,
  batches: Batches,
  { engine, labels, onProgress, signal }: ValidationOptions,
): Promise<Evaluation | "diverged" | "interrupted"> {
  const columns = labels.length;
  const logits = new Float32Array(batches.pictures * columns);
  const targets = new Float32Array(batches.pictures * columns);
  let images = 0;
  const program = await engine.compile(network);
  try {
    for await (const batch of batches.epoch(1)) {
      if (signal?.aborted) return "interrupted";
      const outputs = await program.run(batch.inputs);
      logits.set(outputs.logits.data as Float32Array, images * columns);
      targets.set(batch.targets.data as Float32Array, images * columns);
      images += batch.images;
      onProgress(images);
    }
  } finally {
    await program.close();
  }
  const found = logits.subarray(0, images * columns);
  if (!found.every(Number.isFinite)) return "diverged";
  return measure(found, targets.subarray(0, images * columns), { images, labels });
}
