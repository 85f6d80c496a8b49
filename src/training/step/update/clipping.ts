// Clipping: gradients that are too long together are shortened together.
import type { GraphBuilder } from "../../../graph/builder.js";

/**
 * Adds what all gradients are multiplied by: min(1, limit / (‖g‖ + 10⁻⁶)), where ‖g‖ is the length of all of them as
 * one vector: PyTorch's torch.nn.utils.clip_grad_norm_ (Pascanu, Mikolov, Bengio, arXiv:1211.5063, algorithm 1).
 *
 * @param gradients the values that hold them; at least one
 * @returns a scalar
 */
export function clippingFactor(
  builder: GraphBuilder,
  gradients: readonly { gradient: string }[],
  limit: number,
): string {
  const constant = (value: number) => builder.scalar(value, "clip.constant");
  const squares = gradients.map(({ gradient }) =>
    builder.node("ReduceSumSquare", [gradient], { name: "clip.square", attributes: { keepdims: 0 } }),
  );
  const norm = builder.node("Sqrt", [builder.node("Sum", squares, { name: "clip.sum" })]);
  const shorter = builder.node("Div", [constant(limit), builder.node("Add", [norm, constant(1e-6)])]);
  return builder.node("Min", [shorter, constant(1)], { name: "clip.factor" });
}
