// What a session and the worker that computes it say to each other.
import type { Graph } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";

/** A graph as a message: the same fields, without a class. */
export type GraphFields = Pick<Graph, "name" | "inputs" | "outputs" | "initializers" | "nodes" | "state">;

export type Request =
  /** Answered with the program's number. */
  | { readonly kind: "compile"; readonly graph: GraphFields }
  | {
      readonly kind: "run";
      readonly program: number;
      readonly inputs: Tensors;
      readonly fetch: readonly string[] | undefined;
    }
  | { readonly kind: "read"; readonly names: readonly string[] | undefined }
  | { readonly kind: "write"; readonly values: ReadonlyMap<string, Tensor> }
  /** Of a program; without its number, of the session. */
  | { readonly kind: "close"; readonly program?: number };

export interface Numbered {
  readonly id: number;
  readonly request: Request;
}

export type Result = Tensors | ReadonlyMap<string, Tensor> | number | undefined;

/** The answer to the request of that number; number 0 is the worker's start. */
export type Answer =
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: string; readonly isUsers: boolean };
