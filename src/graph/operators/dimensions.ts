// Dimensions as algebra: products, quotients and sums of sizes of which some are only names.
//
// A dimension is a number, or text: names and at most one factor, joined by "*" ("N", "N*49"). What is no such
// product becomes one name in parentheses: "(H+1)".
import type { Dimension } from "../graph.js";

interface Product {
  readonly factor: number;
  readonly names: readonly string[];
}

/** Splits at the "*" that stand in no parentheses. */
function partsOf(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "(" || character === "[") depth++;
    if (character === ")" || character === "]") depth--;
    if (character === "*" && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function productOf(dimension: Dimension): Product {
  if (typeof dimension === "number") return { factor: dimension, names: [] };
  const parts = partsOf(dimension);
  const isNumber = (part: string) => /^-?\d+$/.test(part);
  return {
    factor: parts.filter(isNumber).reduce((product, part) => product * Number(part), 1),
    names: parts.filter((part) => !isNumber(part)),
  };
}

function dimensionOf({ factor, names }: Product): Dimension {
  if (names.length === 0 || factor === 0) return factor;
  return [...names.toSorted(), ...(factor === 1 ? [] : [factor])].join("*");
}

/** The product of all; 1 of none. */
export function times(...dimensions: readonly Dimension[]): Dimension {
  const products = dimensions.map(productOf);
  return dimensionOf({
    factor: products.reduce((product, { factor }) => product * factor, 1),
    names: products.flatMap(({ names }) => names),
  });
}

/** a / b, rounded towards zero where both are numbers; names that stand on both sides cancel. */
export function over(a: Dimension, b: Dimension): Dimension {
  if (typeof a === "number" && typeof b === "number") return Math.trunc(a / b);
  const [above, below] = [productOf(a), productOf(b)];
  const names = [...above.names];
  const rest = below.names.filter((name) => {
    const at = names.indexOf(name);
    if (at >= 0) names.splice(at, 1);
    return at < 0;
  });
  if (rest.length === 0 && above.factor % below.factor === 0) {
    return dimensionOf({ factor: above.factor / below.factor, names });
  }
  return `(${a}/${b})`;
}

export function plus(a: Dimension, b: Dimension): Dimension {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  const [left, right] = [productOf(a), productOf(b)];
  if (left.names.toSorted().join("*") === right.names.toSorted().join("*")) {
    return dimensionOf({ factor: left.factor + right.factor, names: left.names });
  }
  return `(${a}+${b})`;
}

export const minus = (a: Dimension, b: Dimension): Dimension => plus(a, times(b, -1));

/**
 * NumPy's broadcasting. A name beside 1 stays; a name beside another size is taken to be that size, as it has to be
 * when the graph runs.
 * @throws TypeError for numbers that do not broadcast
 */
export function broadcast(shapes: readonly (readonly Dimension[])[]): Dimension[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    let result: Dimension = 1;
    for (const shape of shapes) {
      const d = shape[i - rank + shape.length] ?? 1;
      if (d === 1 || d === result) continue;
      if (result === 1 || typeof result === "string") result = d;
      else if (typeof d === "number")
        throw new TypeError(`Shapes [${shapes.join("] and [")}] do not broadcast.`);
    }
    return result;
  });
}

/** `axis` counted from the front; ONNX counts negative ones from the back. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The elements of a view of row-major `elements`: those at offset + Σ index · stride. */
export function viewed(
  elements: readonly Dimension[],
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Dimension[] {
  if (shape.length === 0) return [elements[offset]];
  const [length, ...rest] = shape;
  return Array.from({ length }, (_, i) =>
    viewed(elements, rest, strides.slice(1), offset + i * strides[0]),
  ).flat();
}

/** How far apart neighbours along each axis lie in row-major order. */
export const rowMajor = (shape: readonly number[]): number[] =>
  shape.map((_, i) => shape.slice(i + 1).reduce((product, n) => product * n, 1));
