// Views: the operators that move no number: their results are their inputs, walked through otherwise.
import { intsAttribute, type Node } from "../../../graph/graph.js";
import type { Walk } from "../../loops/loops.js";
import { rowMajor } from "../library/layout.js";

/** A tensor as it lies in a row-major array, and its shape. */
export interface View extends Walk {
  readonly shape: readonly number[];
}

export function wholeOf(shape: readonly number[]): View {
  return { shape, offset: 0, strides: rowMajor(shape) };
}

/** Whether the view is its array from the first element on, in row-major order. */
export function isWhole({ shape, offset, strides }: View): boolean {
  const wanted = rowMajor(shape);
  return offset === 0 && strides.every((stride, axis) => shape[axis] === 1 || stride === wanted[axis]);
}

/** Seen as an operand that broadcasts to `shape`. */
export function broadcastTo(view: View, shape: readonly number[]): View {
  const missing = shape.length - view.shape.length;
  const strides = shape.map((_, axis) =>
    axis < missing || view.shape[axis - missing] === 1 ? 0 : view.strides[axis - missing],
  );
  return { shape, offset: view.offset, strides };
}

const clamp = (n: number, low: number, high: number) => Math.min(high, Math.max(low, n));
const fromFront = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

function slice(input: View, integers: (index: number) => readonly number[] | undefined): View {
  const starts = integers(1) ?? [];
  const axes = integers(3) ?? starts.map((_, i) => i);
  const steps = integers(4) ?? starts.map(() => 1);
  const shape = [...input.shape];
  const strides = [...input.strides];
  let offset = input.offset;
  axes.forEach((given, i) => {
    const axis = fromFront(given, shape.length);
    const size = input.shape[axis];
    const bound = (at: number, low: number, high: number) => clamp(at < 0 ? at + size : at, low, high);
    const forward = steps[i] > 0;
    const start = bound(starts[i], 0, forward ? size : size - 1);
    const end = bound(integers(2)?.[i] ?? size, forward ? 0 : -1, forward ? size : size - 1);
    shape[axis] = Math.max(0, Math.ceil((end - start) / steps[i]));
    offset += start * input.strides[axis];
    strides[axis] *= steps[i];
  });
  return { shape, offset, strides };
}

/** The strides of the axes that are more than one element long, in their order. */
function essence({ shape, strides }: View): string {
  return shape.flatMap((size, axis) => (size === 1 ? [] : [`${size}x${strides[axis]}`])).join();
}

/** The same elements in another shape; undefined where they lie too scattered for that. */
function reshaped(input: View, shape: readonly number[]): View | undefined {
  if (isWhole({ ...input, offset: 0 })) return { shape, offset: input.offset, strides: rowMajor(shape) };
  // Only axes of one element come or go.
  const rest = input.strides.filter((_, axis) => input.shape[axis] !== 1);
  const sizes = (of: readonly number[]) => of.filter((size) => size !== 1).join();
  if (sizes(shape) !== sizes(input.shape)) return undefined;
  const strides = shape.map((size) => (size === 1 ? 0 : (rest.shift() ?? 0)));
  const made = { shape, offset: input.offset, strides };
  return essence(made) === essence(input) ? made : undefined;
}

const shapers = new Set(["Reshape", "Flatten", "Squeeze", "Unsqueeze"]);

/** Whether an operator's result is a view of its first input. */
export function makesView({ op, domain }: Node): boolean {
  return domain === "" && (shapers.has(op) || op === "Transpose" || op === "Expand" || op === "Slice");
}

/**
 * A node's result as a view of its first input's array; undefined where that has to be copied first.
 * @param shape of the result
 * @param integers the values of an input
 */
export function viewOf(
  node: Node,
  input: View,
  shape: readonly number[],
  integers: (index: number) => readonly number[] | undefined,
): View | undefined {
  if (shapers.has(node.op)) return reshaped(input, shape);
  if (node.op === "Expand") return broadcastTo(input, shape);
  if (node.op === "Slice") return slice(input, integers);
  const order = intsAttribute(node, "perm") ?? input.shape.map((_, i) => input.shape.length - 1 - i);
  return { shape, offset: input.offset, strides: order.map((axis) => input.strides[axis]) };
}
