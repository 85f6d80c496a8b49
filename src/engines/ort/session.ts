// OrtSession: named values, and the programs that ONNX Runtime computes over them.
import { UserError } from "../../base/errors.js";
import { Queue } from "../../base/queue.js";
import type { Graph } from "../../graph/graph.js";
import { inferShapes } from "../../graph/shapes.js";
import type { Tensor } from "../../graph/tensor.js";
import { type Computing, ConstantProgram } from "../constant-program.js";
import { changesOf, type Program, type RunOptions, type Session, type Tensors } from "../engine.js";
import { OrtModel } from "./model.js";
import type { Runtime } from "./runtime.js";
import { HostStore, type Store } from "./store.js";

/** How ONNX Runtime words an operator that it doesn't have. */
const UNKNOWN_OPERATOR =
  /No Op registered for|is not a registered function\/op|Could not find an implementation/;

export class OrtSession implements Session {
  private readonly queue = new Queue();
  private readonly programs = new Set<Computing>();

  /**
   * @param file ONNX, which programs run in place of their graphs: these only name its outputs
   * @param store where the session's values are
   */
  constructor(
    private readonly runtime: Runtime,
    private readonly file?: Uint8Array,
    private readonly store: Store = new HostStore(runtime),
  ) {}

  compile(graph: Graph): Promise<Program> {
    return this.queue.add(async () => {
      const program = await this.open(graph);
      this.programs.add(program);
      const changes = changesOf(graph).size > 0;
      const all = graph.outputs.map(({ name }) => name);
      return {
        run: (inputs: Tensors, { fetch = all }: RunOptions = {}) =>
          this.queue.add(async () => {
            if (changes) await this.forget();
            return program.run(inputs, fetch);
          }),
        close: () =>
          this.queue.add(async () => {
            if (this.programs.delete(program)) await program.close();
          }),
      };
    });
  }

  read(names?: readonly string[]): Promise<Map<string, Tensor>> {
    const { store } = this;
    return this.queue.add(async () => {
      const values = new Map<string, Tensor>();
      for (const name of names ?? store.names()) values.set(name, await store.read(name));
      return values;
    });
  }

  write(values: ReadonlyMap<string, Tensor>): Promise<void> {
    return this.queue.add(async () => {
      this.store.write(values);
      await this.forget();
    });
  }

  close(): Promise<void> {
    return this.queue.add(async () => {
      for (const program of this.programs) await program.close();
      this.programs.clear();
      await this.store.close();
    });
  }

  private async open(graph: Graph): Promise<Computing> {
    const infos = inferShapes(graph);
    for (const [name, next] of graph.state) {
      const initial = graph.initializers.get(name);
      const info = initial ?? infos.get(next);
      if (!info) throw new TypeError(`The shape of ${name} is not known.`);
      const shape = info.shape.map((size) => {
        if (typeof size === "number") return size;
        throw new TypeError(`${name} has the shape [${info.shape}]; a value of a session has a fixed one.`);
      });
      this.store.define(name, { type: info.type, shape }, initial);
    }
    const { runtime, store, file } = this;
    try {
      return file ? await OrtModel.open(runtime, file) : await store.open(graph);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!UNKNOWN_OPERATOR.test(message)) throw error;
      throw new UserError(`ONNX Runtime cannot run an operator of this network: ${message}`);
    }
  }

  /** Values have changed: what was compiled with them as constants takes memory for nothing. */
  private async forget(): Promise<void> {
    for (const program of this.programs) if (program instanceof ConstantProgram) await program.forget();
  }
}
