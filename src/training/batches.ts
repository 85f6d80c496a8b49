// Batches: what a training or inference graph is fed, wherever it comes from.
import type { Tensors } from "../engines/engine.js";
import type { Tensor } from "../graph/tensor.js";

export interface Batch {
  /** Its place in the epoch, from 0. */
  readonly step: number;
  /** Of the graph, by name; without those of pictures that cannot be read. */
  readonly inputs: Tensors;
  /** float32 [images, labels]. */
  readonly targets: Tensor;
  /** How many pictures it holds; 0 where none of them can be read. */
  readonly images: number;
}

/** One set's batches. Equal arguments give equal batches, in the same order. */
export interface Batches {
  /** Pictures in the set, readable or not. */
  readonly pictures: number;
  /** Batches in an epoch. */
  readonly steps: number;
  /** The batches of an epoch (from 1), beginning with the batch `from` (from 0). */
  epoch(epoch: number, from?: number): AsyncIterable<Batch>;
}
