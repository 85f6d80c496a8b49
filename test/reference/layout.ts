// Operators that move elements and change no number: shapes, slices, joins, gathering and scattering.
import { sizeOf, type Tensor } from "../../src/graph/tensor.js";
import type { Call, Operator } from "./operator.js";
import {
  axisOf,
  broadcastShape,
  broadcastTo,
  float,
  fromTensor,
  positions,
  stridesOf,
  transpose,
  type Value,
  value,
  view,
} from "./value.js";

function reshaped(x: Value, shape: readonly number[]): Value {
  return value(x.type, shape, x.data);
}

/** The required integers of an input. */
function integers(call: Call, index: number): number[] {
  return Array.from(call.input(index).data);
}

function reshape(call: Call): Value {
  const x = call.input(0);
  const keepZeros = call.int("allowzero", 0) === 1;
  const wanted = integers(call, 1).map((n, i) => (n === 0 && !keepZeros ? x.shape[i] : n));
  const known = wanted.reduce((product, n) => (n === -1 ? product : product * n), 1);
  return reshaped(
    x,
    wanted.map((n) => (n === -1 ? x.data.length / known : n)),
  );
}

function slice(call: Call): Value {
  const x = call.input(0);
  const [starts, ends] = [integers(call, 1), integers(call, 2)];
  const axes = call.integers(3) ?? starts.map((_, i) => i);
  const steps = call.integers(4) ?? starts.map(() => 1);
  const shape = [...x.shape];
  const strides = stridesOf(x.shape);
  let offset = 0;
  for (const [i, given] of axes.entries()) {
    const axis = axisOf(given, shape.length);
    const size = x.shape[axis];
    const step = steps[i];
    const clamp = (at: number, low: number, high: number) =>
      Math.min(high, Math.max(low, at < 0 ? at + size : at));
    const start = step > 0 ? clamp(starts[i], 0, size) : clamp(starts[i], 0, size - 1);
    const end = step > 0 ? clamp(ends[i], 0, size) : clamp(ends[i], -1, size - 1);
    shape[axis] = Math.max(0, Math.ceil((end - start) / step));
    offset += start * strides[axis];
    strides[axis] *= step;
  }
  return view(x, shape, strides, offset);
}

function pad(call: Call): Value {
  const x = call.input(0);
  const mode = call.string("mode", "constant");
  if (mode !== "constant") throw new Error(`Padding of mode ${mode} is not known here.`);
  const rank = x.shape.length;
  const pads = integers(call, 1);
  const [begin, end] = [pads.slice(0, rank), pads.slice(rank)];
  const shape = x.shape.map((n, axis) => begin[axis] + n + end[axis]);
  const out = new Float64Array(sizeOf(shape)).fill(call.optional(2)?.data[0] ?? 0);
  // A negative pad cuts off: only the rest of X is copied.
  const rest = x.shape.map((n, axis) => n + Math.min(0, begin[axis]) + Math.min(0, end[axis]));
  const offset = (strides: readonly number[], starts: readonly number[]) =>
    strides.reduce((sum, stride, axis) => sum + stride * Math.max(0, starts[axis]), 0);
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const source = positions(
    rest,
    from,
    offset(
      from,
      begin.map((n) => -n),
    ),
  );
  positions(rest, to, offset(to, begin)).forEach((at, i) => {
    out[at] = x.data[source[i]];
  });
  return value(x.type, shape, out);
}

function concat(call: Call): Value {
  const parts = call.inputs.map((_, i) => call.input(i));
  const { type, shape } = parts[0];
  const axis = axisOf(call.int("axis", 0), shape.length);
  const outer = sizeOf(shape.slice(0, axis));
  const widths = parts.map((part) => sizeOf(part.shape.slice(axis)));
  const total = widths.reduce((a, b) => a + b);
  const out = new Float64Array(outer * total);
  for (let row = 0; row < outer; row++) {
    let at = row * total;
    for (const [i, part] of parts.entries()) {
      out.set(part.data.subarray(row * widths[i], (row + 1) * widths[i]), at);
      at += widths[i];
    }
  }
  const along = parts.reduce((sum, part) => sum + part.shape[axis], 0);
  return value(
    type,
    shape.map((n, i) => (i === axis ? along : n)),
    out,
  );
}

function split(call: Call): Value[] {
  const x = call.input(0);
  const axis = axisOf(call.int("axis", 0), x.shape.length);
  const count = call.node.outputs.length;
  const sizes = call.integers(1) ?? new Array<number>(count).fill(x.shape[axis] / count);
  const strides = stridesOf(x.shape);
  let start = 0;
  return sizes.map((size) => {
    const shape = x.shape.map((n, i) => (i === axis ? size : n));
    const part = view(x, shape, strides, start * strides[axis]);
    start += size;
    return part;
  });
}

function squeeze(call: Call): Value {
  const x = call.input(0);
  const axes = call.integers(1)?.map((axis) => axisOf(axis, x.shape.length));
  return reshaped(
    x,
    x.shape.filter((n, i) => (axes ? !axes.includes(i) : n !== 1)),
  );
}

function unsqueeze(call: Call): Value {
  const x = call.input(0);
  const given = integers(call, 1);
  const rank = x.shape.length + given.length;
  const axes = given.map((axis) => axisOf(axis, rank));
  const rest = [...x.shape];
  return reshaped(
    x,
    Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() ?? 1))),
  );
}

function gather(call: Call): Value {
  const [x, indices] = [call.input(0), call.input(1)];
  const axis = axisOf(call.int("axis", 0), x.shape.length);
  const size = x.shape[axis];
  const outer = sizeOf(x.shape.slice(0, axis));
  const width = sizeOf(x.shape.slice(axis + 1));
  const out = new Float64Array(outer * indices.data.length * width);
  let to = 0;
  for (let row = 0; row < outer; row++) {
    for (const index of indices.data) {
      const from = (row * size + axisOf(index, size)) * width;
      out.set(x.data.subarray(from, from + width), to);
      to += width;
    }
  }
  return value(x.type, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], out);
}

function scatterElements(call: Call): Value {
  const [x, indices, updates] = [call.input(0), call.input(1), call.input(2)];
  const axis = axisOf(call.int("axis", 0), x.shape.length);
  const reduction = call.string("reduction", "none");
  if (reduction !== "none" && reduction !== "add")
    throw new Error(`Reduction ${reduction} is not known here.`);
  const out = Float64Array.from(x.data);
  const strides = stridesOf(x.shape);
  // Where each update would go if its index on the axis were 0.
  const origins = positions(
    indices.shape,
    strides.map((stride, i) => (i === axis ? 0 : stride)),
  );
  for (const [i, index] of indices.data.entries()) {
    const at = origins[i] + axisOf(index, x.shape[axis]) * strides[axis];
    out[at] = reduction === "add" ? out[at] + updates.data[i] : updates.data[i];
  }
  return value(x.type, x.shape, out);
}

function gatherElements(call: Call): Value {
  const [x, indices] = [call.input(0), call.input(1)];
  const axis = axisOf(call.int("axis", 0), x.shape.length);
  const strides = stridesOf(x.shape);
  const origins = positions(
    indices.shape,
    strides.map((stride, i) => (i === axis ? 0 : stride)),
  );
  const out = indices.data.map(
    (index, i) => x.data[origins[i] + axisOf(index, x.shape[axis]) * strides[axis]],
  );
  return value(x.type, indices.shape, out);
}

/** The last axis of the indices says where in the first axes of X each update goes. */
function scatterNd(call: Call): Value {
  const [x, indices, updates] = [call.input(0), call.input(1), call.input(2)];
  const depth = indices.shape[indices.shape.length - 1];
  const strides = stridesOf(x.shape);
  const width = sizeOf(x.shape.slice(depth));
  const out = Float64Array.from(x.data);
  for (let i = 0; i < indices.data.length / depth; i++) {
    let at = 0;
    for (let k = 0; k < depth; k++) at += axisOf(indices.data[i * depth + k], x.shape[k]) * strides[k];
    out.set(updates.data.subarray(i * width, (i + 1) * width), at);
  }
  return value(x.type, x.shape, out);
}

/** (dY, indices, X) → dX of Gather. */
function gatherGradient(call: Call): Value {
  const [dy, indices, x] = [call.input(0), call.input(1), call.input(2)];
  const axis = axisOf(call.int("axis", 0), x.shape.length);
  const width = sizeOf(x.shape.slice(axis + 1));
  const out = new Float64Array(x.data.length);
  dy.data.forEach((d, at) => {
    const k = Math.floor(at / width) % indices.data.length;
    const row = Math.floor(at / (width * indices.data.length));
    const to = row * x.shape[axis] + axisOf(indices.data[k], x.shape[axis]);
    out[to * width + (at % width)] += d;
  });
  return float(x.shape, out);
}

/** The tensor in an attribute, if it is one. */
function tensorAttribute(call: Call, name: string): Tensor | undefined {
  const attribute = call.node.attributes[name];
  return typeof attribute === "object" && "tensor" in attribute ? attribute.tensor : undefined;
}

function constant(call: Call): Value {
  const held = tensorAttribute(call, "value");
  if (held) return fromTensor(held);
  for (const [name, attribute] of Object.entries(call.node.attributes)) {
    if (name === "value_int" && typeof attribute === "number") {
      return value("int64", [], Float64Array.of(attribute));
    }
    if (name === "value_ints" && Array.isArray(attribute)) {
      return value("int64", [attribute.length], Float64Array.from(attribute));
    }
    if (typeof attribute !== "object") continue;
    if (name === "value_float" && "float" in attribute) return float([], Float64Array.of(attribute.float));
    if (name === "value_floats" && "floats" in attribute) {
      return float([attribute.floats.length], Float64Array.from(attribute.floats));
    }
  }
  throw new Error("Its value is of a kind that is not known here.");
}

export const layout: Record<string, Operator> = {
  Reshape: reshape,
  Flatten: (call) => {
    const x = call.input(0);
    const given = call.int("axis", 1);
    const axis = given < 0 ? given + x.shape.length : given;
    return reshaped(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
  },
  Transpose: (call) => {
    const x = call.input(0);
    return transpose(x, call.ints("perm") ?? x.shape.map((_, i) => x.shape.length - 1 - i));
  },
  Expand: (call) => {
    const x = call.input(0);
    return broadcastTo(x, broadcastShape([x.shape, integers(call, 1)]));
  },
  Shape: (call) => {
    const shape = call.input(0).shape.slice(call.int("start", 0), call.int("end", Number.MAX_SAFE_INTEGER));
    return value("int64", [shape.length], Float64Array.from(shape));
  },
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Slice: slice,
  Pad: pad,
  Concat: concat,
  Split: split,
  Gather: gather,
  GatherElements: gatherElements,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  Tile: (call) => {
    const x = call.input(0);
    const shape = integers(call, 1).flatMap((times, i) => [times, x.shape[i]]);
    const strides = stridesOf(x.shape).flatMap((stride) => [0, stride]);
    const out = view(x, shape, strides);
    return reshaped(
      out,
      x.shape.map((_, i) => shape[2 * i] * shape[2 * i + 1]),
    );
  },
  Trilu: (call) => {
    const x = call.input(0);
    const [rows, columns] = x.shape.slice(-2);
    const k = call.optional(1)?.data[0] ?? 0;
    const keeps = (at: number) => {
      const across = (at % columns) - (Math.floor(at / columns) % rows) - k;
      return call.int("upper", 1) ? across >= 0 : across <= 0;
    };
    return value(
      x.type,
      x.shape,
      x.data.map((v, at) => (keeps(at) ? v : 0)),
    );
  },
  Range: (call) => {
    const [start, limit, delta] = [0, 1, 2].map((i) => call.input(i).data[0]);
    const length = Math.max(0, Math.ceil((limit - start) / delta));
    return value(
      call.input(0).type,
      [length],
      new Float64Array(length).map((_, i) => start + i * delta),
    );
  },
  Constant: constant,
  ConstantOfShape: (call) => {
    const shape = integers(call, 0);
    const held = tensorAttribute(call, "value");
    const fill = held ? fromTensor(held) : float([1], Float64Array.of(0));
    return value(fill.type, shape, new Float64Array(sizeOf(shape)).fill(fill.data[0]));
  },
};

export const layoutGradients: Record<string, Operator> = { GatherGradient: gatherGradient };
