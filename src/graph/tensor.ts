// Tensor: a typed array with a shape, row-major, in ONNX's element types.

/** The element types that we read, write and compute with, and the arrays that hold them. */
export interface ArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  /** IEEE half precision, as bits. */
  float16: Uint16Array;
  uint8: Uint8Array;
  int8: Int8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
}
/** The types of elements that graphs compute with. */
export type DataType = keyof ArrayOf;

/** A tensor of one type: row-major `data` of that `shape`. */
export interface TensorOf<T extends DataType> {
  readonly type: T;
  readonly shape: readonly number[];
  readonly data: ArrayOf[T];
}
/** A tensor of any type. */
export type Tensor = { [T in DataType]: TensorOf<T> }[DataType];

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** A tensor; throws a RangeError if the array's length is not the shape's. */
export function tensor<T extends DataType>(type: T, shape: readonly number[], data: ArrayOf[T]): TensorOf<T> {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`A tensor of shape [${shape}] has ${sizeOf(shape)} elements, not ${data.length}.`);
  }
  return { type, shape: [...shape], data };
}

/**
 * A float32 tensor; copies the data unless it is a Float32Array.
 * @throws RangeError if there are not as many numbers as the shape says
 */
export function float32(shape: readonly number[], data: ArrayLike<number>): TensorOf<"float32"> {
  return tensor("float32", shape, data instanceof Float32Array ? data : Float32Array.from(data));
}

/** An int64 tensor of whole numbers. */
export function int64(shape: readonly number[], data: readonly number[]): TensorOf<"int64"> {
  return tensor("int64", shape, BigInt64Array.from(data, BigInt));
}
