// Decaying: which weights weight decay draws towards zero: matrices and kernels, not what is added to features.
import type { Graph, Node } from "../../../graph/graph.js";

/** What hands values on in another form. */
const PASSING = new Set(
  ["Cast", "Expand", "Identity", "Reshape", "Resize", "Slice", "Split", "Squeeze", "Transpose"].concat(
    "Unsqueeze",
  ),
);
/** What adds values to features, scales them, or puts them beside them. */
const ADDING = new Set(["Add", "Concat", "Div", "Mul", "Shape", "Sub", "Sum", "Where"]);

/**
 * A test of names: whether a weight multiplies features as a matrix or a kernel does. Biases and the scales of
 * normalizations have one dimension; position embeddings and class tokens have more, and only add to features or stand
 * beside them.
 */
export function decayingIn(graph: Graph): (weight: string) => boolean {
  const users = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) users.set(input, [...(users.get(input) ?? []), node]);
  }
  return (weight) => {
    if ((graph.initializers.get(weight)?.shape.length ?? 0) < 2) return false;
    const waiting = [weight];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      for (const { op, domain, outputs } of users.get(value) ?? []) {
        const known = domain === "";
        if (known && PASSING.has(op)) waiting.push(...outputs);
        else if (!(known && ADDING.has(op))) return true;
      }
    }
    return false;
  };
}
