// Engine: compiles a graph and runs it.
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";

/** What convolutions compute in: float32, or bfloat16 with float32 weights. */
export type Precision = "fp32" | "bf16";

/** How an engine computes. */
export interface EngineOptions {
  /** Threads of one program; default: the machine's cores. */
  threads?: number;
  /** `auto`: bf16 where it is right and measured to be faster; default fp32. */
  precision?: Precision | "auto";
}

/** Inputs or outputs of a run, by the name of the graph's value. */
export type Tensors = Record<string, Tensor>;

/** What compiles graphs into programs. */
export interface Engine {
  readonly name: string;
  /** The engine and the versions that the same bits need, for people and for checkpoints. */
  readonly description: string;
  /** What activations and their gradients are computed in. */
  readonly precision?: Precision;
  /** Why it was chosen, where a person may wonder: a sentence. */
  readonly note?: string;
  /**
   * Compiles a graph. Its batch dimension stays free: each run may bring another number of images.
   * Throws a UserError for an operator that the engine cannot run.
   */
  compile(graph: Graph): Promise<Program>;
}

/** A compiled graph with its state (weights, momenta, running statistics). Computes off the main thread. */
export interface Program {
  /** Runs once; then every initializer in `graph.state` holds its next value. Runs are queued. */
  run(inputs: Tensors): Promise<Tensors>;
  /** The present values of the state, or of those named. Copies. */
  readState(names?: readonly string[]): Promise<Map<string, Tensor>>;
  /** Replaces values of the state; the rest stays. Shapes must be the same. */
  writeState(state: ReadonlyMap<string, Tensor>): Promise<void>;
  /** Ends the program's threads. */
  close(): Promise<void>;
}
