// Loss: what every loss offers, on typed arrays and as part of a graph.
import type { GraphBuilder } from "../graph/builder.js";

/**
 * How the elements' losses become one number. Unknown targets (−1) count in none.
 * - `mean`: over the known targets of all images and labels, as PyTorch;
 * - `batchmean`: the sum divided by the number of images, as Arraymancer;
 * - `sum`;
 * - `none`: no reduction; the gradient is that of the sum.
 */
export type Reduction = "mean" | "batchmean" | "sum" | "none";

/** Options of every loss. */
export interface LossOptions {
  reduction?: Reduction;
  /** One factor a label for the loss of its positives (PyTorch's pos_weight); default 1. */
  positiveWeights?: ArrayLike<number>;
  /** One factor a label for its whole loss (PyTorch's weight); default 1. */
  labelWeights?: ArrayLike<number>;
  /**
   * ε in [0, 1): a known target t becomes t·(1 − ε) + ε/2, so 1 becomes 1 − ε/2 and 0 becomes ε/2; an unknown one
   * stays unknown. Default 0.
   */
  labelSmoothing?: number;
}

/** The shape of logits and targets: row-major [images, labels]. */
export interface LossShape {
  images: number;
  labels: number;
}

/** The batch that a loss on typed arrays is asked for. */
export interface LossBatch extends LossShape {
  /**
   * Takes the gradient in place of a new array: [images, labels], of any content, apart from logits and targets. A
   * loop that gives the same one each time spares the system's handing over new memory, of which a large gradient
   * takes as much time as its computing. If the loss throws, the content is undefined.
   */
  gradient?: Float32Array;
}

/** A loss and its gradient. */
export interface LossResult<L = number | Float32Array> {
  loss: L;
  /** d loss / d logits, [images, labels]; the array that was given, if one was. */
  gradient: Float32Array;
}

/** The values of a graph that hold a loss and its gradient for the logits, all float32. */
export interface LossValues {
  readonly loss: string;
  readonly gradient: string;
  /** Of a reduction that is a mean: how many elements it is the mean of, a scalar; 0 where no target is known. */
  readonly elements?: string;
}

/** A loss: on typed arrays, and as nodes of a training graph. */
export interface Loss {
  readonly name: string;
  /** Value and gradient; logits and targets are row-major [images, labels]. */
  evaluate(logits: Float32Array, targets: Float32Array, batch: LossBatch): LossResult;
  /**
   * Adds the loss to a graph: `logits` and `targets` are float32 values [N, labels]; returns the value that
   * holds the loss (a scalar; for `none` [N, labels], or [N] of a loss that is one of whole images) and the one
   * that holds its gradient for the logits.
   */
  build(builder: GraphBuilder, logits: string, targets: string, labels: number): LossValues;
}
