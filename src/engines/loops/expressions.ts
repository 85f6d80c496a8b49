// Expressions: element-by-element nodes as JavaScript over numbers.
import type { Node } from "../../graph/graph.js";
import type { Expression } from "../../graph/operators/expression.js";
import { operatorOf } from "../../graph/operators/index.js";
import type { DataType } from "../../graph/tensor.js";

/** The expression of a node's operator; undefined for one that isn't element by element. */
export function expressionOf(node: Node): Expression | undefined {
  return operatorOf(node)?.expression;
}

/** JavaScript for a number that is known. */
export function literal(value: number): string {
  return Object.is(value, -0) ? "(-0)" : value < 0 ? `(${value})` : String(value);
}

/**
 * What nodes compute of one element, one statement a node, in their order.
 * @param names of the operands as JavaScript, by value; those of the results are added
 */
export function statementsOf(
  nodes: readonly Node[],
  names: Map<string, string>,
  typeOf: (value: string) => DataType | undefined,
): string[] {
  return nodes.map((node, i) => {
    const expression = expressionOf(node);
    if (!expression) throw new TypeError(`${node.op} is not element by element.`);
    const values = node.inputs.map((input) => (input === "" ? "" : (names.get(input) ?? "")));
    const types = node.inputs.map((input) => (input === "" ? undefined : typeOf(input)));
    names.set(node.outputs[0], `t${i}`);
    return `const t${i} = ${expression(node, { values, types })};`;
  });
}

/** Whether a node makes zeros of zeros: what fills up the blocks of a layout has to stay zero. */
export function keepsZero(node: Node, zero: readonly boolean[]): boolean {
  return operatorOf(node)?.keepsZero?.(zero) ?? false;
}
