// Shape inference: the type and shape of every value of a graph, the batch (and what else has a name) kept as a name.
import { UserError } from "../base/errors.js";
import type { Dimension, Graph, Node, ValueInfo } from "./graph.js";
import { knownOps, operatorOf } from "./operators/index.js";
import type { ShapeContext } from "./operators/operator.js";
import { sizeOf } from "./tensor.js";

/** Tensors with more elements hold no sizes. */
const MOST_VALUES = 256;

/** What is known of a graph before anything is computed. */
export interface Inference {
  /** Type and shape of every value, by name. */
  readonly infos: Map<string, ValueInfo>;
  /** The elements of values that sizes are computed with, in row-major order. */
  readonly values: Map<string, readonly Dimension[]>;
}

function unknownOperator(node: Node): UserError {
  return new UserError(
    `Operator ${node.op} (node "${node.name}") is not known here. Known ones: ${[...knownOps].sort().join(", ")}.`,
  );
}

/**
 * Type and shape of every value of the graph, and the elements of those that sizes are computed with.
 * @throws UserError for an operator whose shapes are not known, naming the operator and the node
 */
export function infer(graph: Graph): Inference {
  const infos = new Map<string, ValueInfo>();
  const values = new Map<string, readonly Dimension[]>();
  for (const input of graph.inputs) infos.set(input.name, input);
  for (const [name, { type, shape, data }] of graph.initializers) {
    infos.set(name, { name, type, shape });
    if (data.length <= MOST_VALUES && !graph.state.has(name)) values.set(name, Array.from(data, Number));
  }
  for (const node of graph.nodes) {
    const operator = operatorOf(node);
    if (!operator) throw unknownOperator(node);
    const context: ShapeContext = {
      input(index) {
        const info = infos.get(node.inputs[index]);
        if (!info)
          throw new TypeError(`Input ${index} of ${node.op} node "${node.name}" has no known shape.`);
        return info;
      },
      values: (index) => values.get(node.inputs[index]),
    };
    const outputs = operator.shape(node, context);
    node.outputs.forEach((name, i) => {
      if (name && outputs[i]) infos.set(name, { name, type: outputs[i].type, shape: outputs[i].shape });
    });
    const [first] = outputs;
    const size = sizeOf(first.shape.map(Number));
    const found = size <= MOST_VALUES ? operator.values?.(node, context, first) : undefined;
    if (found) values.set(node.outputs[0], found);
  }
  return { infos, values };
}

/** Type and shape of every value of the graph, by name; as `infer`. */
export function inferShapes(graph: Graph): Map<string, ValueInfo> {
  return infer(graph).infos;
}
