// ConstantProgram: a program that changes nothing, compiled with the session's values as constants.
//
// Engines lay constant weights out as their kernels like them, and normalization folds into them: so a network that is
// only run is faster, and gives the bits that the same network gives when it is loaded from a file. What is compiled is
// given up when values change, and compiled again when it is next run.
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { changesOf, type Tensors } from "./engine.js";

/** A program in its session's own turn. */
export interface Computing {
  run(inputs: Tensors, fetch: readonly string[]): Tensors | Promise<Tensors>;
  close(): void | Promise<void>;
}

/** Whether a graph is to be compiled so: it is fed, so that it runs more than once between changes. */
export function isConstant(graph: Graph): boolean {
  return graph.inputs.length > 0 && changesOf(graph).size === 0;
}

export class ConstantProgram implements Computing {
  private compiled: Computing | undefined;

  private constructor(
    /** undefined where it reads no value of the session. */
    private readonly graph: Graph | undefined,
    private readonly read: (name: string) => Tensor,
    private readonly compile: (graph: Graph) => Computing | Promise<Computing>,
  ) {}

  /**
   * @param read a value of the session; its memory may be kept
   * @param compile a graph without state
   */
  static async open(
    graph: Graph,
    read: (name: string) => Tensor,
    compile: (graph: Graph) => Computing | Promise<Computing>,
  ): Promise<ConstantProgram> {
    const reads = graph.state.size > 0;
    const program = new ConstantProgram(reads ? graph : undefined, read, compile);
    program.compiled = await compile(reads ? program.present(graph) : graph);
    return program;
  }

  async run(inputs: Tensors, fetch: readonly string[]): Promise<Tensors> {
    if (!this.compiled && !this.graph) throw new Error("The program is closed.");
    if (this.graph) this.compiled ??= await this.compile(this.present(this.graph));
    return (this.compiled as Computing).run(inputs, fetch);
  }

  /** Frees what was compiled from values that have changed. */
  async forget(): Promise<void> {
    if (this.graph) await this.close();
  }

  async close(): Promise<void> {
    await this.compiled?.close();
    this.compiled = undefined;
  }

  private present(graph: Graph): Graph {
    const present = graph.clone();
    for (const name of graph.state.keys()) present.initializers.set(name, this.read(name));
    present.state = new Map();
    return present;
  }
}
