// Operators that JavaScript computes on row-major arrays: those that are neither element by element nor views.
import { intAttribute, intsAttribute, type Node, TRAINING } from "../../../graph/graph.js";
import { sizeOf } from "../../../graph/tensor.js";
import { rowMajor } from "../library/layout.js";
import type { HostTensor } from "./arrays.js";
import { inputOf, type Operator } from "./operator.js";
import { poolOperators, poolTrainingOperators } from "./pools.js";

const integers = (tensor: HostTensor | undefined) => tensor && Array.from(tensor.data);
const fromFront = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** A tensor as rows of `along` elements that lie `inner` apart. */
function around(shape: readonly number[], axis: number) {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    along: shape[axis],
    inner: sizeOf(shape.slice(axis + 1)),
  };
}

/** Calls `visit` with the position of each element in one array and in another, walked by its own strides. */
function walk(
  shape: readonly number[],
  strides: readonly number[],
  visit: (at: number, other: number) => void,
): void {
  const index = shape.map(() => 0);
  let other = 0;
  const count = sizeOf(shape);
  for (let at = 0; at < count; at++) {
    visit(at, other);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      other += strides[axis];
      if (++index[axis] < shape[axis]) break;
      other -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/** Sums, means and maxima over axes, accumulated in double. */
function reduce(start: number, add: (total: number, x: number) => number, mean = false): Operator {
  return (call) => {
    const x = inputOf(call, 0);
    const given = intsAttribute(call.node, "axes") ?? integers(call.inputs[1]);
    const axes = new Set((given ?? x.shape.map((_, i) => i)).map((axis) => fromFront(axis, x.shape.length)));
    const kept = x.shape.map((size, axis) => (axes.has(axis) ? 1 : size));
    const strides = rowMajor(kept).map((stride, axis) => (axes.has(axis) ? 0 : stride));
    const totals = new Float64Array(sizeOf(kept)).fill(start);
    walk(x.shape, strides, (at, to) => {
      totals[to] = add(totals[to], x.data[at]);
    });
    const divisor = mean ? x.data.length / totals.length : 1;
    call.outputs[0]?.data.set(divisor === 1 ? totals : totals.map((total) => total / divisor));
  };
}

const softmax: Operator = (call) => {
  const x = inputOf(call, 0);
  const { outer, along, inner } = around(
    x.shape,
    fromFront(intAttribute(call.node, "axis", -1), x.shape.length),
  );
  const y = call.outputs[0]?.data;
  if (!y) return;
  const row = new Float64Array(along);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * along * inner + i;
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < along; k++) largest = Math.max(largest, x.data[start + k * inner]);
      let total = 0;
      for (let k = 0; k < along; k++) total += row[k] = Math.exp(x.data[start + k * inner] - largest);
      for (let k = 0; k < along; k++) y[start + k * inner] = row[k] / total;
    }
  }
};

const concat: Operator = (call) => {
  const y = call.outputs[0];
  if (!y) return;
  const axis = fromFront(intAttribute(call.node, "axis", 0), y.shape.length);
  const total = sizeOf(y.shape.slice(axis));
  let start = 0;
  for (const [i] of call.inputs.entries()) {
    const { shape, data } = inputOf(call, i);
    const width = sizeOf(shape.slice(axis));
    for (let from = 0, to = start; from < data.length; from += width, to += total) {
      y.data.set(data.subarray(from, from + width), to);
    }
    start += width;
  }
};

const split: Operator = (call) => {
  const x = inputOf(call, 0);
  const axis = fromFront(intAttribute(call.node, "axis", 0), x.shape.length);
  const total = sizeOf(x.shape.slice(axis));
  const parts = call.node.outputs.length;
  const sizes = integers(call.inputs[1]) ?? new Array<number>(parts).fill(x.shape[axis] / parts);
  const inner = sizeOf(x.shape.slice(axis + 1));
  let start = 0;
  sizes.forEach((size, i) => {
    const width = size * inner;
    const y = call.outputs[i]?.data;
    for (let from = start, to = 0; y && to < y.length; from += total, to += width) {
      y.set(x.data.subarray(from, from + width), to);
    }
    start += width;
  });
};

const pad: Operator = (call) => {
  const x = inputOf(call, 0);
  const y = call.outputs[0];
  const mode = call.node.attributes.mode ?? "constant";
  if (mode !== "constant") throw new Error(`Pad node "${call.node.name}" has mode ${String(mode)}.`);
  if (!y) return;
  const rank = x.shape.length;
  const before = integers(call.inputs[1]) ?? [];
  y.data.fill(call.inputs[2]?.data[0] ?? 0);
  // A negative pad cuts off: only the rest is copied.
  const rest = x.shape.map((n, axis) => n + Math.min(0, before[axis]) + Math.min(0, before[axis + rank]));
  const [from, to] = [rowMajor(x.shape), rowMajor(y.shape)];
  const start = (strides: readonly number[], sign: number) =>
    strides.reduce((sum, stride, axis) => sum + stride * Math.max(0, sign * before[axis]), 0);
  const [source, target] = [start(from, -1), start(to, 1)];
  const positions = new Float64Array(sizeOf(rest));
  walk(rest, from, (at, position) => {
    positions[at] = position;
  });
  walk(rest, to, (at, position) => {
    y.data[target + position] = x.data[source + positions[at]];
  });
};

const gather: Operator = (call) => {
  const [x, indices, y] = [inputOf(call, 0), inputOf(call, 1), call.outputs[0]];
  const { outer, along, inner } = around(
    x.shape,
    fromFront(intAttribute(call.node, "axis", 0), x.shape.length),
  );
  let to = 0;
  for (let row = 0; row < outer; row++) {
    for (const index of indices.data) {
      const from = (row * along + fromFront(index, along)) * inner;
      y?.data.set(x.data.subarray(from, from + inner), to);
      to += inner;
    }
  }
};

const scatterElements: Operator = (call) => {
  const [x, indices, updates, y] = [inputOf(call, 0), inputOf(call, 1), inputOf(call, 2), call.outputs[0]];
  if (!y) return;
  const axis = fromFront(intAttribute(call.node, "axis", 0), x.shape.length);
  const reduction = call.node.attributes.reduction ?? "none";
  if (reduction !== "none" && reduction !== "add") {
    throw new Error(`ScatterElements node "${call.node.name}" has reduction ${String(reduction)}.`);
  }
  y.data.set(x.data);
  const strides = rowMajor(x.shape);
  const { data } = y;
  walk(
    indices.shape,
    strides.map((stride, i) => (i === axis ? 0 : stride)),
    (at, origin) => {
      const to = origin + fromFront(indices.data[at], x.shape[axis]) * strides[axis];
      data[to] = updates.data[at] + (reduction === "add" ? data[to] : 0);
    },
  );
};

const standard: Readonly<Record<string, Operator>> = {
  ReduceSum: reduce(0, (total, x) => total + x),
  ReduceMean: reduce(0, (total, x) => total + x, true),
  ReduceMax: reduce(Number.NEGATIVE_INFINITY, Math.max),
  Softmax: softmax,
  Concat: concat,
  Split: split,
  Pad: pad,
  Gather: gather,
  ScatterElements: scatterElements,
  Shape: (call) => {
    const { shape } = inputOf(call, 0);
    const { node } = call;
    call.outputs[0]?.data.set(
      shape.slice(intAttribute(node, "start", 0), intAttribute(node, "end", shape.length)),
    );
  },
  ConstantOfShape: ({ node, outputs }) => {
    const { value } = node.attributes;
    outputs[0]?.data.fill(typeof value === "object" && "tensor" in value ? Number(value.tensor.data[0]) : 0);
  },
  ...poolOperators,
};

/** The code of a node's operator; undefined where JavaScript has none. */
export function operatorOf({ op, domain }: Node): Operator | undefined {
  return (domain === TRAINING ? poolTrainingOperators : domain === "" ? standard : {})[op];
}
