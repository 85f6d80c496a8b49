// Engine: computes graphs, in sessions that hold named values where it computes.
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";

/** What convolutions compute in: float32, or bfloat16 with float32 weights. */
export type Precision = "fp32" | "bf16";

/** How an engine computes. */
export interface EngineOptions {
  /** Threads of one session; default: the machine's cores. */
  threads?: number;
  /** `auto`: bf16 where it is right and measured to be faster; default fp32. */
  precision?: Precision | "auto";
}

/** Inputs or outputs of a run, by the name of the graph's value. */
export type Tensors = Record<string, Tensor>;

/** What computes graphs. */
export interface Engine {
  readonly name: string;
  /** The engine and the versions that the same bits need, for people and for checkpoints. */
  readonly description: string;
  /** What activations and their gradients are computed in. */
  readonly precision?: Precision;
  /** Why it was chosen, where a person may wonder: a sentence. */
  readonly note?: string;
  /** Opens a session without values. */
  open(): Promise<Session>;
  /** Compiles a graph in a session of its own, which closes with the program. */
  compile(graph: Graph): Promise<Program>;
}

/**
 * Named values where an engine computes: a worker's memory, a GPU's, a page's. Programs of a session share them, so
 * that what one changes the others find without a copy. What is asked of a session is done in that order.
 */
export interface Session {
  /**
   * Compiles a graph whose `state` names values of the session: those that the session lacks begin as the graph's
   * initializers; of those that it has, the initializer gives type and shape alone. The batch dimension stays free:
   * each run may bring another number of images.
   *
   * @throws UserError for an operator that the engine cannot run
   * @throws Error for a value that the session has in another shape
   */
  compile(graph: Graph): Promise<Program>;
  /** Copies of the values of those names; default: of all that last from run to run. */
  read(names?: readonly string[]): Promise<Map<string, Tensor>>;
  /** Replaces values; the rest stays. Shapes must be the same. */
  write(values: ReadonlyMap<string, Tensor>): Promise<void>;
  /** Frees all values and programs. */
  close(): Promise<void>;
}

/** What one run of a program returns. */
export interface RunOptions {
  /** The outputs that are wanted; default: all. */
  fetch?: readonly string[];
}

/** A compiled graph. Computes off the main thread where there is another. */
export interface Program {
  /**
   * Runs once; then each value in `graph.state` holds what replaces it.
   * @param inputs those of the graph; one that is left out is the session's value of that name
   */
  run(inputs: Tensors, options?: RunOptions): Promise<Tensors>;
  /** Frees what the program alone needs; the session's values stay. */
  close(): Promise<void>;
}

/** An engine from what opens its sessions. */
export function engineOf(parts: Omit<Engine, "compile">): Engine {
  return {
    ...parts,
    async compile(graph) {
      const session = await parts.open();
      try {
        const program = await session.compile(graph);
        return { run: program.run.bind(program), close: () => session.close() };
      } catch (error) {
        await session.close();
        throw error;
      }
    },
  };
}

/** The values that a graph changes, by name: what replaces each. The others it only reads. */
export function changesOf({ state }: Pick<Graph, "state">): Map<string, string> {
  return new Map([...state].filter(([name, next]) => name !== next));
}
