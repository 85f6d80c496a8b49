// Decompose: operators as simpler ones, for engines and files that do not have them.
import { GraphBuilder } from "../builder.js";
import { type Graph, type Node, OPSET } from "../graph.js";
import { operatorOf } from "../operators/index.js";
import type { Decomposition, DecompositionContext } from "../operators/operator.js";
import { infer } from "../shapes.js";

/** Whether an operator has a decomposition. */
export function isComposite(node: Node): boolean {
  return operatorOf(node)?.decomposition !== undefined;
}

/** Whether a node's operator is younger than the operator set that we write. */
export function isYounger(node: Node): boolean {
  return (operatorOf(node)?.since ?? 0) > OPSET;
}

/**
 * A copy in which the nodes that are wanted so, of operators with a decomposition, are what these make; of what they
 * make too.
 * @param by in place of the operators' own decomposition
 */
export function decompose(graph: Graph, wanted: (node: Node) => boolean, by?: Decomposition): Graph {
  const isWanted = (node: Node) => isComposite(node) && wanted(node);
  if (!graph.nodes.some(isWanted)) return graph;
  const decomposed = graph.clone();
  const builder = new GraphBuilder(decomposed);
  const { infos, values } = infer(graph);
  const context: DecompositionContext = {
    builder,
    shape(value) {
      const info = infos.get(value);
      if (!info) throw new TypeError(`The shape of ${value} is not known.`);
      return info;
    },
    values: (value) => values.get(value),
  };
  decomposed.nodes = [];
  for (const node of graph.nodes) {
    if (isWanted(node)) (by ?? operatorOf(node)?.decomposition)?.(node, context);
    else decomposed.nodes.push(node);
  }
  return decompose(decomposed, wanted, by);
}
