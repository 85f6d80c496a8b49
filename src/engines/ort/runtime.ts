// Runtime: ONNX Runtime as onnxruntime-node and onnxruntime-web alike provide it, and how it is to compute.
import type { InferenceSession, TensorConstructor } from "onnxruntime-common";
import type { Kernels } from "./lower/kernels.js";

export type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";

/** The part of either package that we use. The code that opens a session passes it in. */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

export interface Runtime {
  readonly ort: OrtModule;
  /** `cpu` and `webgpu` of onnxruntime-node, `wasm` of onnxruntime-web. */
  readonly provider: string;
  readonly threads: number;
  /** Whether a run writes its outputs into arrays that it is given: onnxruntime-web's do not. */
  readonly fillsOutputs: boolean;
  /** Those of the provider; default: the processor's. */
  readonly kernels?: Kernels;
  /** Options of each model besides the engine's own. */
  readonly options?: InferenceSession.SessionOptions;
}

/** Makes a model ready to run. @param own options of this model */
export function load(
  { ort, provider, threads, options }: Runtime,
  model: Uint8Array,
  own?: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  return ort.InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // Half the peak memory at no cost in speed.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Idle sessions would spin and take the cores from the busy one and from the decoding of pictures.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
    ...options,
    ...own,
  });
}
