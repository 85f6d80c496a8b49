// Range: start, start + delta, … before limit.

import type { Node } from "../graph.js";
import { knownNumbers, type Operator, type ShapeContext } from "./operator.js";

function numbersOf(node: Node, { values }: ShapeContext): number[] {
  const [[start], [limit], [delta]] = [0, 1, 2].map((i) =>
    knownNumbers(values(i), node, ["start", "limit", "delta"][i]),
  );
  return Array.from({ length: Math.max(0, Math.ceil((limit - start) / delta)) }, (_, i) => start + i * delta);
}

export const range: Operator = {
  op: "Range",
  shape: (node, context) => [{ type: context.input(0).type, shape: [numbersOf(node, context).length] }],
  values: numbersOf,
};
