// Tensors: ours as ONNX Runtime's, and back. Types bear ONNX Runtime's names, and it takes the same arrays.
import type { Tensor } from "../../graph/tensor.js";
import type { OrtModule, OrtTensor } from "./runtime.js";

export function toOrt(ort: OrtModule, { type, shape, data }: Tensor): OrtTensor {
  return new ort.Tensor(type as "float32", data as Float32Array, shape);
}

export function fromOrt({ type, dims, data }: OrtTensor): Tensor {
  return { type, shape: dims, data } as Tensor;
}
