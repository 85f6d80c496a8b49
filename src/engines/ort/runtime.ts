// Runtime: ONNX Runtime as onnxruntime-node and onnxruntime-web alike provide it. Whoever opens a program passes it in.
import type { InferenceSessionFactory, TensorConstructor } from "onnxruntime-common";

export type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";

export interface OrtRuntime {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}
