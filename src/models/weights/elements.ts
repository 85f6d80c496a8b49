// Elements: a file's numbers, of whatever type and order, as row-major float32.
import { fromHalf } from "../../base/half.js";

/** One entry of a network's weights: `data` is row-major and has as many elements as `shape` says. */
export interface Weight {
  shape: number[];
  data: Float32Array;
}

/** A network's weights by name, in the file's order. */
export type StateDict = Map<string, Weight>;

/** Bytes an element, of every type that we read. */
export const bytesOf = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
} as const;
export type ElementType = keyof typeof bytesOf;

/**
 * `bytes` (little-endian, aligned to their type) as float32, rounded to the nearest. Integers beyond 2^24
 * lose digits, and so do doubles. May share memory with `bytes`.
 */
export function toFloat32(type: ElementType, bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset } = bytes;
  const length = bytes.length / bytesOf[type];
  switch (type) {
    case "float32":
      return new Float32Array(buffer, byteOffset, length);
    case "float64":
      return new Float32Array(new Float64Array(buffer, byteOffset, length));
    case "float16":
      return fromHalf(new Uint16Array(buffer, byteOffset, length));
    case "bfloat16":
      return fromBfloat16(new Uint16Array(buffer, byteOffset, length));
    case "int64":
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, length), Number);
    case "uint64":
      return Float32Array.from(new BigUint64Array(buffer, byteOffset, length), Number);
    case "int32":
      return new Float32Array(new Int32Array(buffer, byteOffset, length));
    case "uint32":
      return new Float32Array(new Uint32Array(buffer, byteOffset, length));
    case "int16":
      return new Float32Array(new Int16Array(buffer, byteOffset, length));
    case "uint16":
      return new Float32Array(new Uint16Array(buffer, byteOffset, length));
    case "int8":
      return new Float32Array(new Int8Array(buffer, byteOffset, length));
    case "uint8":
      return new Float32Array(bytes);
    case "bool":
      return Float32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
  }
}

/** bfloat16 is the upper half of float32. */
function fromBfloat16(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i] << 16;
  return new Float32Array(out.buffer);
}

/** Turns big-endian elements into little-endian ones, in place. */
export function swapBytes(type: ElementType, bytes: Uint8Array): void {
  const same = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytesOf[type] === 2) same.swap16();
  if (bytesOf[type] === 4) same.swap32();
  if (bytesOf[type] === 8) same.swap64();
}

/** Strides, in elements, of a row-major array. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step;
    step *= shape[d];
  }
  return strides;
}

/** A row-major copy of a view into `source`; strides and offset in elements. The view must lie inside. */
export function gather(
  source: Float32Array,
  view: { readonly offset: number; readonly shape: readonly number[]; readonly strides: readonly number[] },
): Float32Array {
  const { offset, shape, strides } = view;
  const size = shape.reduce((product, n) => product * n, 1);
  const plain = rowMajor(shape);
  if (shape.every((n, d) => n === 1 || strides[d] === plain[d])) return source.slice(offset, offset + size);
  const out = new Float32Array(size);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let i = 0; i < size; i++) {
    out[i] = source[from];
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d];
      if (++index[d] < shape[d]) break;
      from -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}
