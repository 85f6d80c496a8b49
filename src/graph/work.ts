// Work: how much arithmetic a graph is, for decisions that need its order of magnitude.
import type { Node } from "./graph.js";
import { sizeOf } from "./tensor.js";

type ShapeOf = (value: string) => readonly number[] | undefined;

function operationsOf({ op, inputs, outputs }: Node, shapeOf: ShapeOf): number {
  const shapes = inputs.map((input) => shapeOf(input) ?? []);
  const [a, b, c] = shapes;
  const results = Math.max(...outputs.map((output) => sizeOf(shapeOf(output) ?? [])));
  switch (op) {
    case "Conv":
      return 2 * results * sizeOf(b.slice(1));
    // The gradients multiply as often as the convolution, whose result has the shape of the first operand.
    case "ConvInputGradient":
      return 2 * sizeOf(a) * sizeOf(b.slice(1));
    case "ConvWeightGradient":
      return 2 * sizeOf(a) * sizeOf(c.slice(1));
    // [N, K] · [K, M] = [N, M], any of them transposed: NK · KM · NM is the square of NKM.
    case "Gemm":
      return 2 * Math.sqrt(sizeOf(a) * sizeOf(b) * results);
    case "MatMul":
      return 2 * results * (a.at(-1) ?? 1);
    default:
      return results;
  }
}

/**
 * The arithmetic operations of nodes whose shapes are known: every multiplication and addition of convolutions, matrix
 * products and their gradients, and one for each element that another node gives.
 */
export function operationsIn(nodes: readonly Node[], shapeOf: ShapeOf): number {
  return nodes.reduce((sum, node) => sum + operationsOf(node, shapeOf), 0);
}
