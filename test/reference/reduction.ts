// Operators along axes: ReduceSum, ReduceSumSquare, ReduceMean, ReduceMax and Softmax.
import type { Call, Operator } from "./operator.js";
import { axisOf, float, transpose, type Value, value } from "./value.js";

const sum = (row: Float64Array) => row.reduce((a, b) => a + b, 0);

/** Reduces `axes` (all, if none are given) of the first input with `f`. */
function reduce(call: Call, axes: readonly number[] | undefined, f: (row: Float64Array) => number): Value {
  const x = call.input(0);
  const rank = x.shape.length;
  const all = x.shape.map((_, axis) => axis);
  const reduced = new Set(axes?.length ? axes.map((axis) => axisOf(axis, rank)) : all);
  const kept = all.filter((axis) => !reduced.has(axis));
  const rows = transpose(x, [...kept, ...reduced]).data;
  const length = [...reduced].reduce((product, axis) => product * x.shape[axis], 1);
  const out = new Float64Array(rows.length / length);
  for (let i = 0; i < out.length; i++) out[i] = f(rows.subarray(i * length, (i + 1) * length));
  const shape = call.int("keepdims", 1)
    ? x.shape.map((n, axis) => (reduced.has(axis) ? 1 : n))
    : kept.map((axis) => x.shape[axis]);
  return value(x.type, shape, out);
}

export const reductions: Record<string, Operator> = {
  ReduceSum: (call) => {
    const axes = call.integers(1);
    if (!axes?.length && call.int("noop_with_empty_axes", 0)) return call.input(0);
    return reduce(call, axes, sum);
  },
  ReduceSumSquare: (call) => reduce(call, call.ints("axes"), (row) => sum(row.map((x) => x * x))),
  ReduceMean: (call) => reduce(call, call.ints("axes"), (row) => sum(row) / row.length),
  ReduceMax: (call) => reduce(call, call.ints("axes"), (row) => row.reduce((a, b) => Math.max(a, b))),
  ReduceMin: (call) => reduce(call, call.ints("axes"), (row) => row.reduce((a, b) => Math.min(a, b))),
  ReduceL2: (call) => reduce(call, call.ints("axes"), (row) => Math.hypot(...row)),

  Softmax: (call) => {
    const x = call.input(0);
    const axis = axisOf(call.int("axis", -1), x.shape.length);
    const order = x.shape.map((_, i) => i).filter((i) => i !== axis);
    const rows = transpose(x, [...order, axis]);
    const length = x.shape[axis];
    for (let start = 0; start < rows.data.length; start += length) {
      const row = rows.data.subarray(start, start + length);
      const largest = row.reduce((a, b) => Math.max(a, b));
      row.forEach((v, i) => {
        row[i] = Math.exp(v - largest);
      });
      const total = sum(row);
      row.forEach((v, i) => {
        row[i] = v / total;
      });
    }
    const back = x.shape.map((_, i) => (i < axis ? i : i === axis ? x.shape.length - 1 : i - 1));
    const out = transpose(rows, back);
    return float(out.shape, out.data);
  },
};

export const reductionGradients: Record<string, Operator> = {
  /** (dY, Y) → dX, with the whole matrix of derivatives: ∂yᵢ/∂xⱼ = yᵢ (δᵢⱼ − yⱼ). */
  SoftmaxGradient: (call) => {
    const [dy, y] = [call.input(0), call.input(1)];
    const axis = axisOf(call.int("axis", -1), y.shape.length);
    const width = y.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
    const length = y.shape[axis];
    const out = y.data.map((yj, at) => {
      const j = Math.floor(at / width) % length;
      const start = at - j * width;
      let total = 0;
      for (let i = 0; i < length; i++) {
        const k = start + i * width;
        total += dy.data[k] * y.data[k] * ((i === j ? 1 : 0) - yj);
      }
      return total;
    });
    return float(y.shape, out);
  },
};
