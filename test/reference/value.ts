// Value: what the reference engine computes with, and its passage from and to tensors.
import { type DataType, sizeOf, type Tensor } from "../../src/graph/tensor.js";

/**
 * A tensor whose elements are all held in float64, whatever their type; integers are exact up to 2⁵³.
 * Floating tensors of every width have the type `float64`: nothing is ever rounded to less.
 */
export interface Value {
  readonly type: Exclude<DataType, "float16" | "float32">;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function value(type: Value["type"], shape: readonly number[], data: Float64Array): Value {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`A value of shape [${shape}] has ${sizeOf(shape)} elements, not ${data.length}.`);
  }
  return { type, shape, data };
}

/** A floating value. */
export function float(shape: readonly number[], data: Float64Array): Value {
  return value("float64", shape, data);
}

export function fromTensor(tensor: Tensor): Value {
  switch (tensor.type) {
    case "float16":
      throw new TypeError("The reference engine reads no float16 tensors.");
    case "float32":
      return float(tensor.shape, Float64Array.from(tensor.data));
    case "int64":
      return value("int64", tensor.shape, Float64Array.from(tensor.data, Number));
    default:
      return value(tensor.type, tensor.shape, Float64Array.from(tensor.data));
  }
}

/** A tensor of the value's type, with data of its own. */
export function toTensor({ type, shape, data }: Value): Tensor {
  switch (type) {
    case "float64":
      return { type, shape, data: Float64Array.from(data) };
    case "int64":
      return { type, shape, data: BigInt64Array.from(data, BigInt) };
    case "int32":
      return { type, shape, data: Int32Array.from(data) };
    case "int8":
      return { type, shape, data: Int8Array.from(data) };
    case "uint8":
    case "bool":
      return { type, shape, data: Uint8Array.from(data) };
  }
}

/** How far apart neighbours along each axis lie in a row-major array. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/**
 * Where the elements of a view of `shape` lie, in row-major order: offset + Σ index·stride. Expand,
 * Transpose, Slice and Pad differ in their strides and offsets alone.
 */
export function positions(shape: readonly number[], strides: readonly number[], offset = 0): Float64Array {
  const at = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  let position = offset;
  for (let i = 0; i < at.length; i++) {
    at[i] = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis];
      if (++index[axis] < shape[axis]) break;
      position -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return at;
}

/** The view of `value` with that shape, those strides and that offset, as a value of its own. */
export function view(
  { type, data }: Value,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Value {
  return value(
    type,
    shape,
    positions(shape, strides, offset).map((at) => data[at]),
  );
}

export function transpose(x: Value, order: readonly number[]): Value {
  const strides = stridesOf(x.shape);
  return view(
    x,
    order.map((axis) => x.shape[axis]),
    order.map((axis) => strides[axis]),
  );
}

/** The shape to which all of them broadcast, as NumPy does. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (const [i, n] of shape.entries()) {
      const axis = rank - shape.length + i;
      if (n === 1 || n === result[axis]) continue;
      if (result[axis] !== 1) {
        throw new RangeError(`Shapes ${shapes.map((s) => `[${s}]`).join(", ")} do not broadcast.`);
      }
      result[axis] = n;
    }
  }
  return result;
}

export function broadcastTo(x: Value, shape: readonly number[]): Value {
  const missing = shape.length - x.shape.length;
  const strides = stridesOf(x.shape);
  return view(
    x,
    shape,
    shape.map((_, axis) => (axis < missing || x.shape[axis - missing] === 1 ? 0 : strides[axis - missing])),
  );
}

/** `axis` counted from the front; ONNX counts negative ones from the back. */
export function axisOf(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new RangeError(`Axis ${axis} is not one of ${rank}.`);
  return axis < 0 ? axis + rank : axis;
}
