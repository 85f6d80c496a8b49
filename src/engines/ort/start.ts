// Start: what the engine gives its worker.
import type { Tensor } from "../../graph/tensor.js";
import type { Update } from "./update.js";

export interface Start {
  /** The lowered graph as an ONNX file; its state is among the inputs. */
  readonly model: Uint8Array;
  readonly threads: number;
  /** The graph's outputs that a run returns. */
  readonly outputs: readonly string[];
  /** State that ONNX Runtime computes: → the output that replaces it after a run. */
  readonly next: ReadonlyMap<string, string>;
  /** Whoever computes takes the tensors over. */
  readonly state: Map<string, Tensor>;
  /** How the rest of the state changes after a run. */
  readonly updates: readonly Update[];
}
