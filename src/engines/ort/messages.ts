// What the engine and its worker say to each other.
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";

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

export type Request =
  | { readonly kind: "run"; readonly inputs: Tensors }
  | { readonly kind: "read"; readonly names: readonly string[] | undefined }
  | { readonly kind: "write"; readonly state: ReadonlyMap<string, Tensor> }
  | { readonly kind: "close" };

export interface Numbered {
  readonly id: number;
  readonly request: Request;
}

/** The answer to the request of that number; number 0 is the worker's start. */
export type Answer =
  | { readonly id: number; readonly result: Tensors | ReadonlyMap<string, Tensor> | undefined }
  | { readonly id: number; readonly error: string };
