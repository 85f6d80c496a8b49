// ONNX's element types: their numbers in a file, and the arrays that hold them.
import type { ArrayOf, DataType, Tensor } from "./tensor.js";

interface ElementType<T extends DataType> {
  /** TensorProto.DataType in onnx.proto. */
  readonly code: number;
  readonly array: {
    new (length: number): ArrayOf[T];
    new (buffer: ArrayBuffer): ArrayOf[T];
    readonly BYTES_PER_ELEMENT: number;
  };
}

export const elementTypes: { readonly [T in DataType]: ElementType<T> } = {
  float32: { code: 1, array: Float32Array },
  uint8: { code: 2, array: Uint8Array },
  int8: { code: 3, array: Int8Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  bool: { code: 9, array: Uint8Array },
  float16: { code: 10, array: Uint16Array },
  float64: { code: 11, array: Float64Array },
};

const byCode = new Map(Object.entries(elementTypes).map(([type, { code }]) => [code, type as DataType]));

/** The type with this number, or undefined if it is none of ours. */
export function typeOfCode(code: number): DataType | undefined {
  return byCode.get(code);
}

/** A tensor of zeros. */
export function zeros(type: DataType, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return { type, shape: [...shape], data: new elementTypes[type].array(size) } as Tensor;
}

/** A tensor over little-endian bytes, copied. */
export function tensorOfBytes(type: DataType, shape: readonly number[], bytes: Uint8Array): Tensor {
  const copy = new Uint8Array(bytes).buffer;
  return { type, shape: [...shape], data: new elementTypes[type].array(copy) } as Tensor;
}

/** The tensor's little-endian bytes, shared. */
export function bytesOf(tensor: Tensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}
