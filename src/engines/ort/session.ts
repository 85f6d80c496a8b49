// OrtSession: named values, and the programs that ONNX Runtime computes over them.
import { UserError } from "../../base/errors.js";
import { Queue } from "../../base/queue.js";
import type { Graph } from "../../graph/graph.js";
import { inferShapes } from "../../graph/shapes.js";
import type { Tensor } from "../../graph/tensor.js";
import { type Computing, ConstantProgram, isConstant } from "../constant-program.js";
import type { Program, RunOptions, Session, Tensors } from "../engine.js";
import { OrtModel } from "./model.js";
import { prepareConstant } from "./prepare.js";
import { OrtProgram } from "./program.js";
import type { Runtime } from "./runtime.js";
import { Values } from "./values.js";

/** How ONNX Runtime words an operator that it doesn't have. */
const UNKNOWN_OPERATOR =
  /No Op registered for|is not a registered function\/op|Could not find an implementation/;

export class OrtSession implements Session {
  private readonly values: Values;
  private readonly queue = new Queue();
  private readonly programs = new Set<Computing>();

  /** @param file ONNX, which programs run in place of their graphs: these only name its outputs */
  constructor(
    private readonly runtime: Runtime,
    private readonly file?: Uint8Array,
  ) {
    this.values = new Values(runtime.ort);
  }

  compile(graph: Graph): Promise<Program> {
    return this.queue.add(async () => {
      const program = await this.open(graph);
      this.programs.add(program);
      const all = graph.outputs.map(({ name }) => name);
      return {
        run: (inputs: Tensors, { fetch = all }: RunOptions = {}) =>
          this.queue.add(async () => {
            if (program instanceof OrtProgram && program.changes) await this.forget();
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
    const { values } = this;
    return this.queue.add(
      () => new Map((names ?? values.names()).map((name) => [name, values.read(name)] as const)),
    );
  }

  write(values: ReadonlyMap<string, Tensor>): Promise<void> {
    return this.queue.add(async () => {
      this.values.write(values);
      await this.forget();
    });
  }

  close(): Promise<void> {
    return this.queue.add(async () => {
      for (const program of this.programs) await program.close();
      this.programs.clear();
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
      this.values.define(name, { type: info.type, shape }, initial);
    }
    const { runtime, values, file } = this;
    try {
      if (file) return await OrtModel.open(runtime, file);
      if (!isConstant(graph)) return await OrtProgram.open(runtime, values, graph);
      const read = (name: string) => values.read(name);
      return await ConstantProgram.open(graph, read, (present) =>
        OrtModel.open(runtime, prepareConstant(present)),
      );
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
