// Pools as JavaScript computes them, where oneDNN has no equal: with indices told, or pads counted beyond the rim.
import { type Window, windowOf } from "../../../graph/convolution.js";
import { intAttribute } from "../../../graph/graph.js";
import { type Call, inputOf, type Operator } from "./operator.js";

/** Calls `visit` for each window's elements: the result's position, the element's in its plane's array. */
function eachWindow(
  window: Window,
  source: readonly number[],
  result: readonly number[],
  visit: (result: number, elements: readonly number[], y: number, x: number) => void,
): void {
  const [height, width] = source.slice(2);
  const [rows, columns] = result.slice(2);
  const planes = source[0] * source[1];
  const { kernel, strides, dilations, pads } = window;
  for (let plane = 0, at = 0; plane < planes; plane++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, at++) {
        const [top, left] = [row * strides[0] - pads[0], column * strides[1] - pads[1]];
        const elements: number[] = [];
        for (let ky = 0; ky < kernel[0]; ky++) {
          const y = top + ky * dilations[0];
          if (y < 0 || y >= height) continue;
          for (let kx = 0; kx < kernel[1]; kx++) {
            const x = left + kx * dilations[1];
            if (x >= 0 && x < width) elements.push((plane * height + y) * width + x);
          }
        }
        visit(at, elements, top, left);
      }
    }
  }
}

const maxPool: Operator = (call) => {
  const x = inputOf(call, 0);
  const [y, indices] = call.outputs;
  const shape = (y ?? indices)?.shape ?? [];
  eachWindow(windowOf(call.node), x.shape, shape, (at, elements) => {
    let best = elements[0];
    for (const element of elements) if (x.data[element] > x.data[best]) best = element;
    if (y) y.data[at] = x.data[best];
    if (indices) indices.data[at] = best;
  });
};

/** How many elements count in the mean over a window: pads count only as far as they are asked for. */
function counted(call: Call, window: Window, source: readonly number[]) {
  const withPads = intAttribute(call.node, "count_include_pad", 0) === 1;
  return (inside: number, top: number, left: number) => {
    if (!withPads) return inside;
    return [top, left].reduce((count, start, axis) => {
      const beyond = source[axis + 2] + window.pads[axis + 2];
      let along = 0;
      for (let k = 0; k < window.kernel[axis]; k++) if (start + k * window.dilations[axis] < beyond) along++;
      return count * along;
    }, 1);
  };
}

const averagePool: Operator = (call) => {
  const [x, y] = [inputOf(call, 0), call.outputs[0]];
  if (!y) return;
  const window = windowOf(call.node);
  const count = counted(call, window, x.shape);
  eachWindow(window, x.shape, y.shape, (at, elements, top, left) => {
    let total = 0;
    for (const element of elements) total += x.data[element];
    y.data[at] = total / count(elements.length, top, left);
  });
};

const globalMaxPool: Operator = (call) => {
  const [x, y] = [inputOf(call, 0), call.outputs[0]];
  if (!y) return;
  const size = x.data.length / y.data.length;
  for (let i = 0; i < y.data.length; i++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = i * size; k < (i + 1) * size; k++) largest = Math.max(largest, x.data[k]);
    y.data[i] = largest;
  }
};

export const poolOperators: Readonly<Record<string, Operator>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalMaxPool: globalMaxPool,
};

export const poolTrainingOperators: Readonly<Record<string, Operator>> = {
  MaxPoolGradient: (call) => {
    const [dY, indices, dX] = [inputOf(call, 0), inputOf(call, 1), call.outputs[0]];
    if (!dX) return;
    dX.data.fill(0);
    for (let i = 0; i < dY.data.length; i++) dX.data[indices.data[i]] += dY.data[i];
  },
  AveragePoolGradient: (call) => {
    const [dY, x, dX] = [inputOf(call, 0), inputOf(call, 1), call.outputs[0]];
    if (!dX) return;
    dX.data.fill(0);
    const window = windowOf(call.node);
    const count = counted(call, window, x.shape);
    eachWindow(window, x.shape, dY.shape, (at, elements, top, left) => {
      const share = dY.data[at] / count(elements.length, top, left);
      for (const element of elements) dX.data[element] += share;
    });
  },
};
