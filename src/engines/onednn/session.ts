// OnednnSession: named values in oneDNN's layouts, and the programs over them, in the thread that computes.
import { UserError } from "../../base/errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import { type Computing, ConstantProgram, isConstant } from "../constant-program.js";
import { changesOf, type Precision, type Program, type Session } from "../engine.js";
import { Dnnl } from "./library/dnnl.js";
import { firstUnknown } from "./operators.js";
import { Arena, type Watch } from "./plan/plan.js";
import { State } from "./plan/stores.js";
import { OnednnProgram } from "./program.js";

/** What an engine gives the worker of a session. */
export interface Start {
  /** The library's file. */
  readonly library: string;
  readonly threads: number;
  readonly precision: Precision;
}

function checkOperators(graph: Graph): void {
  const unknown = firstUnknown(graph);
  if (unknown) {
    throw new UserError(
      `The oneDNN engine cannot run ${unknown.op}, the operator of node "${unknown.name}": use --engine ort.`,
    );
  }
}

export class OnednnSession implements Session {
  private readonly dnnl: Dnnl;
  private readonly threads: number;
  private readonly precision: "f32" | "bf16";
  private readonly state: State;
  private readonly programs = new Set<Computing>();
  /** What passes while a program runs: programs take turns. */
  private readonly arenas: { readonly device: Arena; readonly host: Arena };
  /** The same for programs that read what others have left in the first. */
  private readonly arenasBeside: { readonly device: Arena; readonly host: Arena };

  constructor(
    { library, threads, precision }: Start,
    private readonly watch?: Watch,
  ) {
    const dnnl = new Dnnl(library, threads);
    this.threads = threads;
    this.dnnl = dnnl;
    this.precision = precision === "bf16" ? "bf16" : "f32";
    this.state = new State(dnnl);
    this.arenas = { device: new Arena(dnnl), host: new Arena(dnnl) };
    this.arenasBeside = { device: new Arena(dnnl), host: new Arena(dnnl) };
  }

  async compile(given: Graph): Promise<Program> {
    const { dnnl, state, threads, precision, watch } = this;
    checkOperators(given);
    const graph = given.clone();
    for (const name of graph.state.keys()) {
      const tensor = graph.initializers.get(name);
      if (!tensor) state.expect(name);
      else {
        state.define(name, tensor);
        // The program wants no more of it than type and shape.
        graph.initializers.set(name, { ...tensor, data: tensor.data.slice(0, 0) } as Tensor);
      }
    }
    const isBeside = graph.inputs.some(({ name }) => state.has(name));
    const arenas = isBeside ? this.arenasBeside : this.arenas;
    const open = (graph: Graph) =>
      new OnednnProgram(graph, { dnnl, state, threads, precision, arenas }, watch);
    const program = isConstant(graph)
      ? await ConstantProgram.open(graph, (name) => state.read(name), open)
      : open(graph);
    this.programs.add(program);
    const changes = changesOf(graph).size > 0;
    const all = graph.outputs.map(({ name }) => name);
    return {
      run: async (inputs, { fetch = all } = {}) => {
        if (changes) await this.forget();
        return program.run(inputs, fetch);
      },
      close: async () => {
        if (this.programs.delete(program)) await program.close();
      },
    };
  }

  async read(names?: readonly string[]): Promise<Map<string, Tensor>> {
    const { state } = this;
    return new Map((names ?? state.names()).map((name) => [name, state.read(name)]));
  }

  async write(values: ReadonlyMap<string, Tensor>): Promise<void> {
    const { state } = this;
    for (const [name, { type, shape }] of values) {
      const old = state.info(name);
      if (old.shape.join() !== shape.join() || old.type !== type) {
        throw new UserError(`${name} is ${old.type} [${old.shape}], not ${type} [${shape}].`);
      }
    }
    for (const [name, tensor] of values) state.write(name, tensor);
    await this.forget();
  }

  async close(): Promise<void> {
    for (const program of this.programs) await program.close();
    this.programs.clear();
    this.state.free();
    for (const { device, host } of [this.arenas, this.arenasBeside]) {
      device.free();
      host.free();
    }
  }

  /** Values have changed, or will: what was compiled with them as constants takes memory for nothing. */
  private async forget(): Promise<void> {
    for (const program of this.programs) if (program instanceof ConstantProgram) await program.forget();
  }
}
