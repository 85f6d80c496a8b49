// Values: what a session holds, where its programs change it; in WebAssembly's memory where updates compute there.
import { elementTypes } from "../../graph/onnx-types.js";
import { type DataType, sizeOf, type Tensor } from "../../graph/tensor.js";
import { Vectors } from "../loops/vectors.js";
import type { OrtModule, OrtTensor } from "./runtime.js";

export interface Info {
  readonly type: DataType;
  readonly shape: readonly number[];
}

type Data = Tensor["data"];

interface Held extends Info {
  /** Whether it lasts from run to run; what the latest run has left otherwise. */
  readonly lasts: boolean;
  data: Data;
  /** In WebAssembly's memory, whose growth makes `data` useless. */
  address?: number;
  tensor?: OrtTensor;
}

export class Values {
  private readonly held = new Map<string, Held>();
  readonly memory = Vectors.open();

  constructor(private readonly ort: OrtModule) {}

  has(name: string): boolean {
    return this.held.has(name);
  }

  info(name: string): Info {
    return this.find(name);
  }

  /** Gives the session a value of that name, if it has none. @throws Error if it has one of another shape */
  define(name: string, { type, shape }: Info, initial?: Tensor): void {
    const known = this.held.get(name);
    if (known) checkShape(name, known, shape);
    else {
      const data = initial ? initial.data.slice() : new elementTypes[type].array(sizeOf(shape));
      this.held.set(name, { type, shape, data, lasts: initial !== undefined });
    }
  }

  /** The value's elements, until the next that is moved into WebAssembly's memory. */
  data(name: string): Data {
    const held = this.find(name);
    const { address, data } = held;
    if (address !== undefined && data.byteLength === 0 && this.memory) {
      held.data = this.memory.array(address, sizeOf(held.shape));
      held.tensor = undefined;
    }
    return held.data;
  }

  /** The value as ONNX Runtime takes it, and writes it; under another shape of as many elements where that is told. */
  tensor(name: string, dims?: readonly number[]): OrtTensor {
    const data = this.data(name);
    const held = this.find(name);
    const shape = dims ?? held.shape;
    if (held.tensor === undefined || held.tensor.dims.join() !== shape.join()) {
      held.tensor = new this.ort.Tensor(held.type as "float32", data as Float32Array, shape);
    }
    return held.tensor;
  }

  /** Brings a float32 value where WebAssembly computes. @returns its address; undefined where there is no room */
  address(name: string): number | undefined {
    const held = this.find(name);
    if (held.address !== undefined || held.type !== "float32") return held.address;
    const length = sizeOf(held.shape);
    const { data } = held;
    const address = this.memory?.take(length);
    if (address === undefined || !this.memory) return undefined;
    held.address = address;
    held.data = this.memory.array(address, length);
    (held.data as Float32Array).set(data as Float32Array);
    held.tensor = undefined;
    return address;
  }

  /** Names of what lasts. */
  names(): string[] {
    return [...this.held].filter(([, { lasts }]) => lasts).map(([name]) => name);
  }

  read(name: string): Tensor {
    const { type, shape } = this.find(name);
    return { type, shape, data: this.data(name).slice() } as Tensor;
  }

  write(values: ReadonlyMap<string, Tensor>): void {
    for (const [name, { shape }] of values) checkShape(name, this.find(name), shape);
    for (const [name, { data }] of values) this.set(name, data);
  }

  set(name: string, data: Data): void {
    (this.data(name) as Float32Array).set(data as Float32Array);
  }

  /** Frees a value. */
  drop(name: string): void {
    const { address, shape } = this.find(name);
    if (address !== undefined) this.memory?.give(address, sizeOf(shape));
    this.held.delete(name);
  }

  private find(name: string): Held {
    const held = this.held.get(name);
    if (!held) throw new Error(`The session has no value named ${name}.`);
    return held;
  }
}

export function checkShape(name: string, { shape }: Info, given: readonly number[]): void {
  if (shape.join() !== given.join()) throw new Error(`${name} has shape [${shape}], not [${given}].`);
}
