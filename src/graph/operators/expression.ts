// Expression: what an operator computes of each element, as JavaScript over numbers.
import type { Node } from "../graph.js";
import type { DataType } from "../tensor.js";

export interface Operands {
  /** The operands as JavaScript; "" where an optional one is left out. */
  readonly values: readonly string[];
  readonly types: readonly (DataType | undefined)[];
}

/** An expression in which each operand stands once, or is a name (the caller sees to that). */
export type Expression = (node: Node, operands: Operands) => string;

export const infix =
  (operator: string): Expression =>
  (_, { values }) =>
    values.length === 1 ? values[0] : `(${values.join(` ${operator} `)})`;

export const call =
  (name: string): Expression =>
  (_, { values }) =>
    `${name}(${values.join(", ")})`;

/** An expression of one operand. */
export const ofOne =
  (text: (x: string) => string): Expression =>
  (_, { values: [x] }) =>
    text(x);

/** Float32 is compared, and converted, as what memory would hold, not as the double that it is computed in. */
export const asStored = (value: string, type: DataType | undefined): string =>
  type === "float32" ? `Math.fround(${value})` : value;

export const isWhole = (type: DataType | undefined): boolean => type !== undefined && /int/.test(type);
