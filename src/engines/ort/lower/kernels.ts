// Kernels: which of ONNX Runtime's can be trusted where a graph is to run.

export interface Kernels {
  /** Conv of any group takes patches; otherwise they are sliced. */
  readonly groupedConv: boolean;
  /** Slice takes a negative step from any start; otherwise from the last index alone. */
  readonly reversedSlice: boolean;
  /** MaxPool gives Indices. */
  readonly poolIndices: boolean;
  /** There is one for Sum. */
  readonly sum: boolean;
  /** They know float64, in which a loss is exact without a thought. */
  readonly float64: boolean;
}

export const cpuKernels: Kernels = {
  groupedConv: true,
  reversedSlice: true,
  poolIndices: true,
  sum: true,
  float64: true,
};

/**
 * Those of the WebGPU provider of ONNX Runtime 1.30: a grouped Conv is wrong for some numbers of filters a group, a
 * Slice with a negative step is wrong unless it starts at the last index, MaxPool fails when Indices are wanted, and
 * Sum runs on the CPU.
 */
export const webgpuKernels: Kernels = {
  groupedConv: false,
  reversedSlice: false,
  poolIndices: false,
  sum: false,
  float64: false,
};
