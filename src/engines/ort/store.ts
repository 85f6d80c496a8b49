// Store: where the values of a session are, and what opens programs over them.
import type { Graph } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import { type Computing, ConstantProgram, isConstant } from "../constant-program.js";
import { OrtModel } from "./model.js";
import { prepareConstant } from "./prepare.js";
import { OrtProgram } from "./program.js";
import type { Runtime } from "./runtime.js";
import { type Info, Values } from "./values.js";

export interface Store {
  /** Gives the session a value of that name, if it has none. @throws Error if it has one of another shape */
  define(name: string, info: Info, initial?: Tensor): void;
  /** Names of what lasts from run to run. */
  names(): string[];
  /** @throws Error for a name that is not there */
  read(name: string): Tensor | Promise<Tensor>;
  /** @throws Error, and changes nothing, for a name that is not there or another shape */
  write(values: ReadonlyMap<string, Tensor>): void;
  /** All values in the graph's state are defined. */
  open(graph: Graph): Promise<Computing>;
  close(): void | Promise<void>;
}

/** Values in the memory of the processor, which updates change in place. */
export class HostStore extends Values implements Store {
  constructor(private readonly runtime: Runtime) {
    super(runtime.ort);
  }

  async open(graph: Graph): Promise<Computing> {
    const { runtime } = this;
    if (!isConstant(graph)) return OrtProgram.open(runtime, this, graph);
    const read = (name: string) => this.read(name);
    return ConstantProgram.open(graph, read, (present) =>
      OrtModel.open(runtime, prepareConstant(present, runtime.kernels)),
    );
  }

  close(): void {}
}
