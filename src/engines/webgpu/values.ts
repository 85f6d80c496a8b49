// DeviceValues: what a session holds, on the device, where its programs leave it.
import { elementTypes } from "../../graph/onnx-types.js";
import { sizeOf, type Tensor } from "../../graph/tensor.js";
import type { OrtTensor, Runtime } from "../ort/runtime.js";
import { fromOrt, toOrt } from "../ort/tensors.js";
import { checkShape, type Info } from "../ort/values.js";
import { Copies } from "./copies.js";

interface Held extends Info {
  /** Whether it lasts from run to run; what the latest run has left otherwise. */
  readonly lasts: boolean;
  /** On the device, once a program has used it, if it is float32. */
  tensor: OrtTensor;
}

const isOnDevice = ({ location }: OrtTensor) => location === "gpu-buffer";

export class DeviceValues {
  private readonly held = new Map<string, Held>();
  private readonly copies: Copies;

  /** @param location of float32 values: `cpu` runs what a device would be given where there is none */
  constructor(
    protected readonly runtime: Runtime,
    private readonly location: "gpu-buffer" | "cpu" = "gpu-buffer",
  ) {
    this.copies = new Copies(runtime);
  }

  has(name: string): boolean {
    return this.held.has(name);
  }

  /** Where the value is kept from run to run. */
  locationOf(name: string): "gpu-buffer" | "cpu" {
    return this.find(name).type === "float32" ? this.location : "cpu";
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

  /** A value to be read by a program, brought to the device if it is not there. */
  async tensor(name: string): Promise<OrtTensor> {
    const held = this.find(name);
    if (this.locationOf(name) === "gpu-buffer" && !isOnDevice(held.tensor)) {
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
