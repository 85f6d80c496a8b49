// Expressions: what each element-by-element operator computes, as JavaScript over numbers.
import { floatAttribute, intAttribute, type Node, TRAINING } from "../../graph/graph.js";
import { typeOfCode } from "../../graph/onnx-types.js";
import type { DataType } from "../../graph/tensor.js";

export interface Operands {
  /** The operands as JavaScript; "" where an optional one is left out. */
  readonly values: readonly string[];
  readonly types: readonly (DataType | undefined)[];
}

/** An expression in which each operand stands once, or is a name (the caller sees to that). */
type Expression = (node: Node, operands: Operands) => string;

const infix =
  (operator: string): Expression =>
  (_, { values }) =>
    values.length === 1 ? values[0] : `(${values.join(` ${operator} `)})`;

const call =
  (name: string): Expression =>
  (_, { values }) =>
    `${name}(${values.join(", ")})`;

/** Float32 is compared, and converted, as what memory would hold, not as the double that it is computed in. */
const asStored = (value: string, type: DataType | undefined) =>
  type === "float32" ? `Math.fround(${value})` : value;

const comparison =
  (operator: string): Expression =>
  (_, { values, types }) =>
    `(${asStored(values[0], types[0])} ${operator} ${asStored(values[1], types[1])} ? 1 : 0)`;

/** The larger or smaller of all; NaN if one is. */
const extremum =
  (name: "max" | "min"): Expression =>
  (_, { values }) =>
    values.length === 1 ? values[0] : `Math.${name}(${values.join(", ")})`;

const isWhole = (type: DataType | undefined) => type !== undefined && /int/.test(type);

function cast(node: Node, { values: [x], types: [from] }: Operands): string {
  const to = typeOfCode(intAttribute(node, "to", 0));
  if (to === "bool") return `(${x} !== 0 ? 1 : 0)`;
  if (isWhole(to)) return isWhole(from) || from === "bool" ? x : `Math.trunc(${x})`;
  if (to === "float64") return asStored(x, from);
  return x;
}

function clip(x: string, low: string, high: string): string {
  const above = low ? `(${x} < ${low} ? ${low} : ${x})` : x;
  return high ? `Math.min(${above}, ${high})` : above;
}

const standard: Readonly<Record<string, Expression>> = {
  Add: infix("+"),
  Sum: infix("+"),
  Sub: infix("-"),
  Mul: infix("*"),
  Div: (node, operands) =>
    isWhole(operands.types[0]) ? `Math.trunc${infix("/")(node, operands)}` : infix("/")(node, operands),
  Pow: call("Math.pow"),
  Max: extremum("max"),
  Min: extremum("min"),
  Neg: (_, { values: [x] }) => `(-${x})`,
  Abs: call("Math.abs"),
  Exp: call("Math.exp"),
  Log: call("Math.log"),
  Sqrt: call("Math.sqrt"),
  Floor: call("Math.floor"),
  Sign: call("Math.sign"),
  Tanh: call("Math.tanh"),
  Reciprocal: (_, { values: [x] }) => `(1 / ${x})`,
  Identity: (_, { values: [x] }) => x,
  Dropout: (_, { values: [x] }) => x,
  Relu: (_, { values: [x] }) => `(${x} < 0 ? 0 : ${x})`,
  Sigmoid: (_, { values: [x] }) => `(1 / (1 + Math.exp(-${x})))`,
  Softplus: (_, { values: [x] }) => `(Math.max(${x}, 0) + Math.log1p(Math.exp(-Math.abs(${x}))))`,
  Clip: (_, { values: [x, low, high] }) => clip(x, low, high),
  HardSigmoid: (node, { values: [x] }) =>
    clip(`(${floatAttribute(node, "alpha", 0.2)} * ${x} + ${floatAttribute(node, "beta", 0.5)})`, "0", "1"),
  Cast: cast,
  Not: (_, { values: [x] }) => `(${x} ? 0 : 1)`,
  And: (_, { values: [a, b] }) => `(${a} & ${b})`,
  Or: (_, { values: [a, b] }) => `(${a} | ${b})`,
  Greater: comparison(">"),
  GreaterOrEqual: comparison(">="),
  Less: comparison("<"),
  LessOrEqual: comparison("<="),
  Equal: comparison("==="),
  Where: (_, { values: [condition, yes, no] }) => `(${condition} ? ${yes} : ${no})`,
};

const training: Readonly<Record<string, Expression>> = {
  ReluGradient: (_, { values: [dY, y] }) => `(${y} > 0 ? ${dY} : 0)`,
  ClipGradient: (_, { values: [dY, x, low, high] }) => {
    const inside = [low ? `${x} > ${low}` : "", high ? `${x} < ${high}` : ""].filter((part) => part !== "");
    return inside.length === 0 ? dY : `(${inside.join(" && ")} ? ${dY} : 0)`;
  },
};

/** The expression of a node's operator; undefined for one that isn't element by element. */
export function expressionOf(node: Node): Expression | undefined {
  return (node.domain === TRAINING ? training : node.domain === "" ? standard : {})[node.op];
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

/** Operators whose result is zero, and never NaN, where these operands are zero. */
const zeroIf: Readonly<Record<string, (zero: readonly boolean[]) => boolean>> = {
  Add: (zero) => zero.every(Boolean),
  Sum: (zero) => zero.every(Boolean),
  Sub: (zero) => zero.every(Boolean),
  Mul: (zero) => zero.some(Boolean),
  Div: (zero) => zero[0] && !zero[1],
  Neg: ([zero]) => zero,
  Abs: ([zero]) => zero,
  Sqrt: ([zero]) => zero,
  Sign: ([zero]) => zero,
  Tanh: ([zero]) => zero,
  Identity: ([zero]) => zero,
  Relu: ([zero]) => zero,
  Max: (zero) => zero.every(Boolean),
  Min: (zero) => zero.every(Boolean),
  ReluGradient: ([zero]) => zero,
  ClipGradient: ([zero]) => zero,
  Cast: ([zero]) => zero,
  Where: ([, yes, no]) => yes && no,
};

/** Whether a node makes zeros of zeros: what fills up the blocks of a layout has to stay zero. */
export function keepsZero(node: Node, zero: readonly boolean[]): boolean {
  return zeroIf[node.op]?.(zero) ?? false;
}
