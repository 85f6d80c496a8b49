// Operators of linear algebra: Gemm and MatMul.
import type { Operator } from "./operator.js";
import { broadcastShape, broadcastTo, positions, stridesOf, transpose, type Value, value } from "./value.js";

/** Adds the product of the m×k matrix `a` and the k×n matrix `b` to the m×n matrix `out`. */
function multiply(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l] * b[l * n + j];
      out[i * n + j] += sum;
    }
  }
}

function inner(a: Value, b: Value): number {
  const k = a.shape[a.shape.length - 1];
  if (b.shape[b.shape.length - 2] !== k) {
    throw new RangeError(`Matrices of shapes [${a.shape}] and [${b.shape}] cannot be multiplied.`);
  }
  return k;
}

export const linear: Record<string, Operator> = {
  /** The sum over all letters that the output lacks of the product of the inputs' elements. */
  Einsum: (call) => {
    const [left, output] = call.string("equation", "").replaceAll(" ", "").split("->");
    const letters = left.split(",");
    const size = new Map<string, number>();
    letters.forEach((of, i) => {
      [...of].forEach((letter, axis) => {
        size.set(letter, call.input(i).shape[axis]);
      });
    });
    const names = [...output, ...[...size.keys()].filter((letter) => !output.includes(letter))];
    const shape = names.map((letter) => size.get(letter) ?? 1);
    const at = letters.map((of, i) => {
      const strides = stridesOf(call.input(i).shape);
      return positions(
        shape,
        names.map((letter) => (of.includes(letter) ? strides[of.indexOf(letter)] : 0)),
      );
    });
    const made = shape.slice(0, output.length);
    const count = made.reduce((product, n) => product * n, 1);
    const out = new Float64Array(count);
    const terms = at[0].length / count;
    for (let i = 0; i < at[0].length; i++) {
      out[Math.floor(i / terms)] += letters.reduce(
        (product, _, k) => product * call.input(k).data[at[k][i]],
        1,
      );
    }
    return value(call.input(0).type, made, out);
  },

  /** alpha · A B + beta · C. */
  Gemm: (call) => {
    const a = call.int("transA", 0) ? transpose(call.input(0), [1, 0]) : call.input(0);
    const b = call.int("transB", 0) ? transpose(call.input(1), [1, 0]) : call.input(1);
    const [m, n] = [a.shape[0], b.shape[1]];
    const out = new Float64Array(m * n);
    multiply(a.data, b.data, out, m, inner(a, b), n);
    const alpha = call.float("alpha", 1);
    const beta = call.float("beta", 1);
    const c = call.optional(2);
    const added = c && broadcastTo(c, [m, n]).data;
    return value(
      a.type,
      [m, n],
      out.map((x, i) => alpha * x + (added ? beta * added[i] : 0)),
    );
  },

  /** NumPy's matmul: matrices in the last two axes, the others broadcast; a vector is a row or a column. */
  MatMul: (call) => {
    const [left, right] = [call.input(0), call.input(1)];
    const a = left.shape.length === 1 ? { ...left, shape: [1, ...left.shape] } : left;
    const b = right.shape.length === 1 ? { ...right, shape: [...right.shape, 1] } : right;
    const k = inner(a, b);
    const [m, n] = [a.shape[a.shape.length - 2], b.shape[b.shape.length - 1]];
    const batch = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    const as = broadcastTo(a, [...batch, m, k]).data;
    const bs = broadcastTo(b, [...batch, k, n]).data;
    const count = batch.reduce((product, size) => product * size, 1);
    const out = new Float64Array(count * m * n);
    for (let i = 0; i < count; i++) {
      multiply(
        as.subarray(i * m * k, (i + 1) * m * k),
        bs.subarray(i * k * n, (i + 1) * k * n),
        out.subarray(i * m * n, (i + 1) * m * n),
        m,
        k,
        n,
      );
    }
    const rows = left.shape.length === 1 ? [] : [m];
    const columns = right.shape.length === 1 ? [] : [n];
    return value(a.type, [...batch, ...rows, ...columns], out);
  },
};
