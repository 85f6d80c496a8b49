// Accumulation: the gradient of several batches as if they were one, so that large batches fit in little memory.
import type { GraphBuilder } from "../../../graph/builder.js";
import { elementTypes } from "../../../graph/onnx-types.js";
import { float32, sizeOf, type TensorOf } from "../../../graph/tensor.js";

/**
 * Adds up gradients until the step is told that the batch is the last of its group; only then do weights move.
 *
 * A loss that is the mean over n elements of a batch has the gradient g; the mean over all elements of the group has
 * Σ n·g / Σ n. So unknown targets, and a last batch that is shorter, count as they would in one large batch.
 * BatchNormalization alone sees each batch for itself.
 */
export class Accumulation {
  /** The input that says, by 1 or 0, whether the batch is the last of its group. */
  readonly ready: string;
  private readonly last: string;
  private readonly zero: string;
  /** The elements of the group so far. */
  private readonly total: string | undefined;

  /** Of the batch. */
  private readonly elements: string | undefined;

  /** @param elements the float64 scalar that holds n; undefined where the loss is a sum */
  constructor(
    private readonly builder: GraphBuilder,
    elements: string | undefined,
  ) {
    const name = builder.fresh("accumulation.ready");
    this.ready = builder.input({ name, type: "float32", shape: [] });
    this.last = builder.node("Greater", [this.ready, builder.scalar(0.5, "accumulation.half")]);
    this.zero = builder.scalar(0, "accumulation.zero");
    if (elements === undefined) return;
    this.elements = builder.node("Cast", [elements], { attributes: { to: elementTypes.float32.code } });
    const total = this.add("elements", [], this.elements);
    // A group without a known target has none.
    this.total = builder.node("Max", [total, builder.scalar(1, "accumulation.one")]);
  }

  /** A gradient of the sum over a batch, which can be added up, from that of the mean. */
  ofSum(gradient: string): string {
    return this.elements === undefined ? gradient : this.builder.node("Mul", [gradient, this.elements]);
  }

  /** A weight's gradient over the group so far, from that of the sum over this batch. */
  ofGroup({ name, value, gradient }: { name: string; value: TensorOf<"float32">; gradient: string }): string {
    const sum = this.add(name, value.shape, gradient);
    return this.total === undefined ? sum : this.builder.node("Div", [sum, this.total]);
  }

  /** `next` after the last batch of the group, until then `present`. */
  whenReady(next: string, present: string): string {
    return this.builder.node("Where", [this.last, next, present]);
  }

  /** Adds to a state that is zero again after the last batch of a group. */
  private add(name: string, shape: readonly number[], value: string): string {
    const { builder } = this;
    const zeros = float32(shape, new Float32Array(sizeOf(shape)));
    const state = builder.initializer(`accumulation.${name}`, zeros);
    const sum = builder.node("Add", [state, value]);
    builder.graph.state.set(state, builder.node("Where", [this.last, this.zero, sum]));
    return sum;
  }
}
