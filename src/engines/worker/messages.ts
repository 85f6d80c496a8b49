// What a program and the worker that computes it say to each other.
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";

export type Request =
  | { readonly kind: "run"; readonly inputs: Tensors }
  | { readonly kind: "read"; readonly names: readonly string[] | undefined }
  | { readonly kind: "write"; readonly state: ReadonlyMap<string, Tensor> }
  | { readonly kind: "close" };

export interface Numbered {
  readonly id: number;
  readonly request: Request;
}

export type Result = Tensors | ReadonlyMap<string, Tensor> | undefined;

/** The answer to the request of that number; number 0 is the worker's start. */
export type Answer =
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: string };
