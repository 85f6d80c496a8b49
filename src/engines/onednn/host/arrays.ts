// Host arrays: how tensors of each element type are held where JavaScript computes with them.
import { fromHalf } from "../../../base/half.js";
import type { DataType, Tensor } from "../../../graph/tensor.js";
import type { Element } from "../library/layout.js";

/** bf16 is held as bits, with which JavaScript doesn't compute. */
export type HostArray = Float32Array | Float64Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** A tensor that JavaScript computes with, row-major. int64 is held in doubles (exact up to 2⁵³). */
export interface HostTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: HostArray;
}

const elements: Readonly<Record<DataType, Element>> = {
  float32: "f32",
  float64: "f64",
  float16: "f32",
  int64: "f64",
  int32: "s32",
  int8: "s8",
  uint8: "u8",
  bool: "u8",
};

/** The element type in which tensors of a type are held. */
export function elementOf(type: DataType): Element {
  return elements[type];
}

/** A view of memory as elements of that type. */
export function arrayOver(
  element: Element,
  buffer: ArrayBufferLike,
  offset: number,
  count: number,
): HostArray {
  switch (element) {
    case "f32":
      return new Float32Array(buffer, offset, count);
    case "f64":
      return new Float64Array(buffer, offset, count);
    case "s32":
      return new Int32Array(buffer, offset, count);
    case "s8":
      return new Int8Array(buffer, offset, count);
    case "u8":
      return new Uint8Array(buffer, offset, count);
    case "bf16":
      return new Uint16Array(buffer, offset, count);
  }
}

export function newArray(element: Element, count: number): HostArray {
  const bytes = element === "f64" ? 8 : element === "f32" || element === "s32" ? 4 : 1;
  return arrayOver(element, new ArrayBuffer(bytes * count), 0, count);
}

/** Copies a tensor's elements to where they are computed with. */
export function copyIn(tensor: Tensor, target: HostArray): void {
  if (tensor.type === "int64") {
    for (let i = 0; i < target.length; i++) target[i] = Number(tensor.data[i]);
  } else if (tensor.type === "float16") target.set(fromHalf(tensor.data));
  else target.set(tensor.data);
}

export function toHost(tensor: Tensor): HostTensor {
  const data = newArray(elementOf(tensor.type), tensor.data.length);
  copyIn(tensor, data);
  return { type: tensor.type, shape: tensor.shape, data };
}

/** A tensor of its own, of a type that ONNX has. */
export function toTensor({ type, shape, data }: HostTensor): Tensor {
  const copy = type === "int64" ? BigInt64Array.from(data as Float64Array, BigInt) : data.slice();
  return { type, shape: [...shape], data: copy } as Tensor;
}
