// DeviceStore: the values of a session on the device, where its programs leave them.
import type { Graph } from "../../graph/graph.js";
import { elementTypes } from "../../graph/onnx-types.js";
import { sizeOf, type Tensor } from "../../graph/tensor.js";
import type { Computing } from "../constant-program.js";
import { webgpuKernels } from "../ort/lower/kernels.js";
import { OrtModel } from "../ort/model.js";
import { prepareConstant } from "../ort/prepare.js";
import type { OrtTensor, Runtime } from "../ort/runtime.js";
import type { Store } from "../ort/store.js";
import { fromOrt, toOrt } from "../ort/tensors.js";
import { checkShape, type Info } from "../ort/values.js";
import { Copies } from "./copies.js";
import { DeviceProgram } from "./program.js";

interface Held extends Info {
  /** Whether it lasts from run to run; what the latest run has left otherwise. */
  readonly lasts: boolean;
  /** On the device, once a program has used it, if it is float32. */
  tensor: OrtTensor;
}

const isOnDevice = ({ location }: OrtTensor) => location === "gpu-buffer";

export class DeviceStore implements Store {
  private readonly held = new Map<string, Held>();
  private readonly copies: Copies;

  constructor(private readonly runtime: Runtime) {
    this.copies = new Copies(runtime);
  }

  has(name: string): boolean {
    return this.held.has(name);
  }

  /** Whether the value is kept on the device. */
  isFloat(name: string): boolean {
    return this.find(name).type === "float32";
  }

  define(name: string, { type, shape }: Info, initial?: Tensor): void {
    const known = this.held.get(name);
    if (known) checkShape(name, known, shape);
    else {
      const data = initial ? initial.data.slice() : new elementTypes[type].array(sizeOf(shape));
      const tensor = toOrt(this.runtime.ort, { type, shape, data } as Tensor);
      this.held.set(name, { type, shape, lasts: initial !== undefined, tensor });
    }
  }

  names(): string[] {
    return [...this.held].filter(([, { lasts }]) => lasts).map(([name]) => name);
  }

  async read(name: string): Promise<Tensor> {
    return this.copy(this.find(name).tensor);
  }

  write(values: ReadonlyMap<string, Tensor>): void {
    for (const [name, { shape }] of values) checkShape(name, this.find(name), shape);
    const { ort } = this.runtime;
    this.replace(
      new Map(
        [...values].map(([name, { type, shape, data }]) => [
          name,
          toOrt(ort, { type, shape, data: data.slice() } as Tensor),
        ]),
      ),
    );
  }

  async open(graph: Graph): Promise<Computing> {
    const { runtime } = this;
    if (graph.state.size > 0) return DeviceProgram.open(runtime, this, graph);
    return OrtModel.open(runtime, prepareConstant(graph, webgpuKernels));
  }

  /** A value to be read by a program, brought to the device if it is not there. */
  async tensor(name: string): Promise<OrtTensor> {
    const held = this.find(name);
    if (held.type === "float32" && !isOnDevice(held.tensor)) {
      held.tensor = await this.copies.toDevice(held.tensor);
    }
    return held.tensor;
  }

  /** Takes what a run has left in place of what was there. */
  replace(next: ReadonlyMap<string, OrtTensor>): void {
    const old = [...next.keys()].map((name) => this.find(name).tensor);
    for (const [name, tensor] of next) this.find(name).tensor = tensor;
    // Two values may be one tensor.
    const kept = new Set([...this.held.values()].map(({ tensor }) => tensor));
    for (const tensor of new Set(old)) if (!kept.has(tensor) && isOnDevice(tensor)) tensor.dispose();
  }

  /** A tensor that shares no memory with this one. */
  async copy(tensor: OrtTensor): Promise<Tensor> {
    if (isOnDevice(tensor)) return fromOrt(await this.copies.toHost(tensor));
    const { type, shape, data } = fromOrt(tensor);
    return { type, shape, data: data.slice() } as Tensor;
  }

  async close(): Promise<void> {
    for (const tensor of new Set([...this.held.values()].map((held) => held.tensor))) {
      if (isOnDevice(tensor)) tensor.dispose();
    }
    this.held.clear();
    await this.copies.close();
  }

  private find(name: string): Held {
    const held = this.held.get(name);
    if (!held) throw new Error(`The session has no value named ${name}.`);
    return held;
  }
}
