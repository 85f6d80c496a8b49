// The geometry that convolutions and pools share: kernel, strides, pads, dilations, and the sizes they give.
import { type Dimension, intAttribute, intsAttribute, type Node, stringAttribute } from "./graph.js";

/** A window sliding over two dimensions; every list is in the order height, width. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  readonly ceil: boolean;
}

function pair(values: readonly number[] | undefined, fallback: number, node: Node): [number, number] {
  if (values === undefined) return [fallback, fallback];
  if (values.length !== 2) throw new TypeError(`${node.op} node "${node.name}" is not two-dimensional.`);
  return [values[0], values[1]];
}

/**
 * The window of a Conv or pool node.
 * @param kernel the kernel's height and width where the node doesn't say (a Conv may leave it to its weight)
 * @throws TypeError for `auto_pad` other than NOTSET and VALID, or another number of dimensions than two
 */
export function windowOf(node: Node, kernel?: readonly number[]): Window {
  const autoPad = stringAttribute(node, "auto_pad", "NOTSET");
  if (autoPad !== "NOTSET" && autoPad !== "VALID") {
    throw new TypeError(
      `${node.op} node "${node.name}" has auto_pad=${autoPad}; only explicit pads are supported.`,
    );
  }
  const size = intsAttribute(node, "kernel_shape") ?? kernel;
  if (!size) throw new TypeError(`${node.op} node "${node.name}" has no kernel_shape.`);
  const pads = (autoPad === "VALID" ? undefined : intsAttribute(node, "pads")) ?? [0, 0, 0, 0];
  return {
    kernel: pair(size, 1, node),
    strides: pair(intsAttribute(node, "strides"), 1, node),
    dilations: pair(intsAttribute(node, "dilations"), 1, node),
    pads: [pads[0], pads[1], pads[2], pads[3]],
    ceil: intAttribute(node, "ceil_mode", 0) === 1,
  };
}

/** The window as attributes, all told. */
export function windowAttributes(window: Window): Record<string, readonly number[]> {
  return {
    kernel_shape: window.kernel,
    strides: window.strides,
    dilations: window.dilations,
    pads: window.pads,
  };
}

/**
 * The output's size along one axis (0 height, 1 width) for an input of `size`:
 * ⌊or⌈(size + pads − dilation·(kernel − 1) − 1) / stride⌉ + 1. With ceil_mode a last window that would begin in
 * the padding behind the input is dropped, as PyTorch does.
 */
export function outputSize(window: Window, size: number, axis: 0 | 1): number {
  const stride = window.strides[axis];
  const room =
    size + window.pads[axis] + window.pads[axis + 2] - window.dilations[axis] * (window.kernel[axis] - 1) - 1;
  if (!window.ceil) return Math.floor(room / stride) + 1;
  const count = Math.ceil(room / stride) + 1;
  return (count - 1) * stride >= size + window.pads[axis] ? count - 1 : count;
}

/** The same for a dimension that may be a name: an unchanged size keeps it, another gets a new one. */
export function outputDimension(window: Window, dimension: Dimension, axis: 0 | 1): Dimension {
  if (typeof dimension === "number") return outputSize(window, dimension, axis);
  const { kernel, strides, dilations, pads } = window;
  const same = strides[axis] === 1 && pads[axis] + pads[axis + 2] === dilations[axis] * (kernel[axis] - 1);
  return same ? dimension : `${dimension}/${strides[axis]}k${kernel[axis]}p${pads[axis] + pads[axis + 2]}`;
}
