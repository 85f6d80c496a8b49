// Accumulation: the gradient of several batches as if they were one, so that large batches fit in little memory.
import type { GraphBuilder } from "../../../graph/builder.js";
import { float32, sizeOf } from "../../../graph/tensor.js";

/**
 * Adds a batch's gradients to those of the batches before, until the update uses them.
 *
 * A loss that is the mean over n elements of a batch has the gradient g; the mean over all elements of the group has
 * Σ n·g / Σ n. So unknown targets, and a last batch that is shorter, count as they would in one large batch.
 * BatchNormalization alone sees each batch for itself.
 */
export class Accumulation {
  /** The input that says, by 1 or 0, whether the batch goes on with a group. */
  readonly keep: string;
  /** The value that holds the elements of the group so far; undefined where the loss is a sum. */
  readonly total: string | undefined;

  /** @param elements the scalar that holds n; undefined where the loss is a sum */
  constructor(
    private readonly builder: GraphBuilder,
    private readonly elements: string | undefined,
  ) {
    const name = builder.fresh("accumulation.keep");
    this.keep = builder.input({ name, type: "float32", shape: [] });
    if (elements === undefined) return;
    this.total = builder.fresh("gradient.elements");
    this.add(this.total, [], elements);
  }

  /** A gradient of the sum over a batch, which can be added up, from that of the mean. */
  ofSum(gradient: string): string {
    return this.elements === undefined ? gradient : this.builder.node("Mul", [gradient, this.elements]);
  }

  /** Makes `name` the sum of a value over the group so far. */
  add(name: string, shape: readonly number[], value: string): void {
    const { builder, keep } = this;
    builder.graph.initializers.set(name, float32(shape, new Float32Array(sizeOf(shape))));
    const before = builder.node("Mul", [name, keep]);
    builder.graph.state.set(name, builder.node("Add", [before, value]));
  }
}
