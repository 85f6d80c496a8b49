// Start: what the engine gives its worker.
import type { Tensor } from "../../graph/tensor.js";

export interface Start {
  /** The lowered graph as an ONNX file; its state is among the inputs and outputs. */
  readonly model: Uint8Array;
  readonly threads: number;
  /** The graph's outputs that a run returns. */
  readonly outputs: readonly string[];
  /** State: input → the output that replaces it after a run. */
  readonly next: ReadonlyMap<string, string>;
  readonly state: ReadonlyMap<string, Tensor>;
}
