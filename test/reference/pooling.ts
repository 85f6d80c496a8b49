// Pools and their gradients.
import { sizeOf } from "../../src/graph/tensor.js";
import type { Call, Operator } from "./operator.js";
import { float, type Value, value } from "./value.js";
import { type Axis, axesOf, under } from "./window.js";

/** The window that output `y` looks at: the positions of its elements in X, and its area with padding. */
type Visit = (y: number, elements: readonly number[], area: number) => void;

/** How many taps of a window lie on the input or its padding; with ceil_mode a window may stick out further. */
function extent(axis: Axis, window: number): number {
  const start = window * axis.stride - axis.padBegin;
  return Math.min(start + axis.kernel, axis.input + axis.padEnd) - start;
}

/** A pool over X [N, C, H, W]: Y's shape and a walk over its windows. */
function pool(call: Call, x: Value) {
  const [images, channels, ...spatial] = x.shape;
  const [rows, columns] = axesOf(call, spatial, call.ints("kernel_shape") ?? []);
  const shape = [images, channels, rows.output, columns.output];

  const walk = (visit: Visit): void => {
    let y = 0;
    for (let plane = 0; plane < images * channels; plane++) {
      for (let i = 0; i < rows.output; i++) {
        for (let j = 0; j < columns.output; j++) {
          const elements: number[] = [];
          for (let u = 0; u < rows.kernel; u++) {
            const h = under(rows, i, u);
            if (h < 0) continue;
            for (let v = 0; v < columns.kernel; v++) {
              const l = under(columns, j, v);
              if (l >= 0) elements.push((plane * rows.input + h) * columns.input + l);
            }
          }
          visit(y++, elements, extent(rows, i) * extent(columns, j));
        }
      }
    }
  };
  return { shape, walk };
}

/** Reduces all spatial elements of each channel to one. */
function globalPool(f: (plane: Float64Array) => number): Operator {
  return (call) => {
    const x = call.input(0);
    const [images, channels, ...spatial] = x.shape;
    const area = sizeOf(spatial);
    const out = new Float64Array(images * channels);
    for (let i = 0; i < out.length; i++) out[i] = f(x.data.subarray(i * area, (i + 1) * area));
    return float([images, channels, ...spatial.map(() => 1)], out);
  };
}

export const pools: Record<string, Operator> = {
  /** X → (Y, Indices): each maximum's flat row-major position in the whole of X; the first of equal ones. */
  MaxPool: (call) => {
    const x = call.input(0);
    if (call.int("storage_order", 0)) throw new Error("Column-major indices are not known here.");
    const { shape, walk } = pool(call, x);
    const out = new Float64Array(sizeOf(shape));
    const indices = new Float64Array(out.length);
    walk((y, elements) => {
      const best = elements.reduce((a, b) => (x.data[b] > x.data[a] ? b : a));
      out[y] = x.data[best];
      indices[y] = best;
    });
    return [float(shape, out), value("int64", shape, indices)];
  },

  AveragePool: (call) => {
    const x = call.input(0);
    const whole = call.int("count_include_pad", 0);
    const { shape, walk } = pool(call, x);
    const out = new Float64Array(sizeOf(shape));
    walk((y, elements, area) => {
      out[y] = elements.reduce((sum, i) => sum + x.data[i], 0) / (whole ? area : elements.length);
    });
    return float(shape, out);
  },

  GlobalAveragePool: globalPool((plane) => plane.reduce((sum, x) => sum + x) / plane.length),
  GlobalMaxPool: globalPool((plane) => plane.reduce((a, b) => Math.max(a, b))),
};

export const poolGradients: Record<string, Operator> = {
  /** (dY, indices, X) → dX: each dY goes to its maximum's place; of X only the shape is used. */
  MaxPoolGradient: (call) => {
    const [dy, indices, x] = [call.input(0), call.input(1), call.input(2)];
    const out = new Float64Array(x.data.length);
    for (const [i, at] of indices.data.entries()) out[at] += dy.data[i];
    return float(x.shape, out);
  },

  /** (dY, X) → dX: each dY is shared out evenly among its window; of X only the shape is used. */
  AveragePoolGradient: (call) => {
    const [dy, x] = [call.input(0), call.input(1)];
    const whole = call.int("count_include_pad", 0);
    const out = new Float64Array(x.data.length);
    pool(call, x).walk((y, elements, area) => {
      for (const i of elements) out[i] += dy.data[y] / (whole ? area : elements.length);
    });
    return float(x.shape, out);
  },
};
