// Stores: what outlasts a run: constants in the layouts that primitives want, and the state that runs change.
import { type DataType, sizeOf, type Tensor } from "../../../graph/tensor.js";
import { arrayOver, copyIn, elementOf, type HostArray, type HostTensor } from "../host/arrays.js";
import { copyIntoBlocks } from "../host/blocked.js";
import { argument, part } from "../library/codes.js";
import type { Dnnl, Region } from "../library/dnnl.js";
import { type Element, elementBytes, type Layout } from "../library/layout.js";
import { Block, type Lasting } from "./memory.js";

/** A value's type and shape, with the batch's size known. */
export interface Info {
  readonly type: DataType;
  readonly shape: readonly number[];
}

/** A value's elements in memory, in some layout. */
export interface Place {
  readonly block: Block;
  readonly layout: Layout;
}

/** Copies between layouts at once, outside of any plan. */
export function reorderNow(dnnl: Dnnl, from: Layout, source: bigint, to: Layout, target: bigint): void {
  const primitive = dnnl.reorder(from.descriptor, to.descriptor);
  const scratch = primitive.scratchpadBytes > 0 ? dnnl.allocate(primitive.scratchpadBytes) : undefined;
  const memories = [dnnl.memory(from.descriptor, source), dnnl.memory(to.descriptor, target)];
  const args: (number | bigint)[] = [argument.source, memories[0], argument.result, memories[1]];
  const wanted = primitive.layout(part.scratchpad);
  if (scratch && wanted) {
    memories.push(dnnl.memory(wanted.descriptor, scratch.address));
    args.push(argument.scratchpad, memories[2]);
  }
  dnnl.execute(primitive, BigUint64Array.from(args, BigInt));
  for (const memory of memories) dnnl.functions.destroyMemory(memory);
  primitive.destroy();
  scratch?.free();
}

/** A place whose memory outlasts a run. */
interface Lasts {
  readonly layout: Layout;
  readonly region: Lasting;
}

interface Kept extends Place {
  readonly region: Region;
}

/** A value that a run has left in memory that the next run uses again. */
export interface Lent extends Lasts {
  readonly info: Info;
}

function keep(dnnl: Dnnl, layout: Layout): Kept {
  const region = dnnl.allocate(layout.bytes);
  return { region, layout, block: new Block(layout.bytes, region) };
}

/** Of a row-major tensor. */
function arrayIn({ region, layout }: Lasts): HostArray {
  return arrayOver(layout.element, region.buffer, region.offset ?? 0, sizeOf(layout.dims));
}

/** Brings a row-major tensor into a layout. */
function load(dnnl: Dnnl, element: Element, fill: (array: HostArray) => void, target: Lasts): void {
  const { layout, region } = target;
  if (layout.plain && layout.element === element) {
    fill(arrayIn(target));
    return;
  }
  const plain = keep(dnnl, dnnl.plain(element, layout.dims));
  fill(arrayIn(plain));
  if (dnnl.make.fillsWrongly(layout)) {
    const count = layout.bytes / elementBytes[layout.element];
    copyIntoBlocks(
      layout,
      arrayIn(plain),
      arrayOver(layout.element, region.buffer, region.offset ?? 0, count),
    );
  } else reorderNow(dnnl, plain.layout, plain.region.address, layout, region.address);
  plain.region.free();
}

/** Values that no run changes. */
export class Constants {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly dnnl: Dnnl) {}

  /** @param name of the value; @param tensor its elements */
  place(name: string, { type, data }: HostTensor, layout: Layout): Place {
    const key = `${name} ${layout.key}`;
    let kept = this.kept.get(key);
    if (!kept) {
      kept = keep(this.dnnl, layout);
      load(this.dnnl, elementOf(type), (array) => array.set(data), kept);
      this.kept.set(key, kept);
    }
    return kept;
  }

  free(): void {
    for (const { region } of this.kept.values()) region.free();
    this.kept.clear();
  }
}

const SHORT = 8192;

/** What a plan knows of the session's values. */
export type Shared = Pick<State, "has" | "place" | "layout">;

/** A session's values. Each has one layout: that in which the first plan wants it. */
export class State {
  private readonly waiting = new Map<string, Tensor>();
  private readonly kept = new Map<string, Kept>();
  private readonly infos = new Map<string, Info>();
  /** Values that each run of a program makes anew, as the latest has left them. */
  private readonly lent = new Map<string, Lent | undefined>();

  constructor(private readonly dnnl: Dnnl) {}

  /** Begins a value, if there is none of that name. @throws Error if it has another shape */
  define(name: string, tensor: Tensor): void {
    const known = this.infos.get(name);
    if (known && known.shape.join() !== tensor.shape.join()) {
      throw new Error(`${name} has shape [${known.shape}], not [${tensor.shape}].`);
    }
    if (known) return;
    this.waiting.set(name, tensor);
    this.infos.set(name, { type: tensor.type, shape: tensor.shape });
  }

  /** Gives a name to what each run of a program will lend. */
  expect(name: string): void {
    if (!this.lent.has(name)) this.lent.set(name, undefined);
  }

  /** Whether a value doesn't last. */
  isLent(name: string): boolean {
    return this.lent.has(name);
  }

  lend(name: string, value: Lent): void {
    this.lent.set(name, value);
  }

  has(name: string): boolean {
    return this.infos.has(name) || this.lent.has(name);
  }

  /** The same for some of the names: to a plan, others may be values of its own. */
  only(names: ReadonlySet<string>): Shared {
    return {
      has: (name) => names.has(name) && this.has(name),
      place: (name, wanted) => this.place(name, wanted),
      layout: (name) => this.layout(name),
    };
  }

  /** Names of what lasts. */
  names(): string[] {
    return [...this.infos.keys()];
  }

  /** Where the value lies; in `wanted`, if it has no layout yet. */
  place(name: string, wanted: () => Layout): Place {
    const kept = this.kept.get(name);
    if (kept) return kept;
    if (this.lent.has(name)) return this.placeOfLent(name);
    const tensor = this.waiting.get(name);
    if (!tensor) throw unknown(name);
    const made = keep(this.dnnl, wanted());
    load(this.dnnl, elementOf(tensor.type), (array) => copyIn(tensor, array), made);
    this.kept.set(name, made);
    this.waiting.delete(name);
    return made;
  }

  /** Wherever the latest run has left it. */
  private placeOfLent(name: string): Place {
    const { layout } = this.borrow(name);
    const now = () => this.borrow(name).region;
    const region: Lasting = {
      get address() {
        return now().address;
      },
      get buffer() {
        return now().buffer;
      },
      get offset() {
        return now().offset;
      },
    };
    return { layout, block: new Block(layout.bytes, region) };
  }

  private borrow(name: string): Lent {
    const lent = this.lent.get(name);
    if (!lent) throw new Error(`${name} is read before a run has made it.`);
    return lent;
  }

  /** The layout that the value has got, if it has. */
  layout(name: string): Layout | undefined {
    return (this.kept.get(name) ?? this.lent.get(name))?.layout;
  }

  /** Whether no short vector (biases, running statistics, and what optimizers remember of them) holds NaN or ∞. */
  isFinite(): boolean {
    for (const { layout, region } of this.kept.values()) {
      if (layout.element !== "f32" || !layout.plain || sizeOf(layout.dims) > SHORT) continue;
      const values = arrayOver("f32", region.buffer, 0, sizeOf(layout.dims));
      for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
    }
    return true;
  }

  read(name: string): Tensor {
    const { type, shape } = this.info(name);
    const kept = this.kept.get(name) ?? this.lent.get(name);
    if (!kept) {
      const { data } = this.waiting.get(name) as Tensor;
      return { type, shape, data: data.slice() } as Tensor;
    }
    const { dnnl } = this;
    const finish = (array: HostArray) =>
      ({
        type,
        shape,
        data: type === "int64" ? BigInt64Array.from(array as Float64Array, BigInt) : array.slice(),
      }) as Tensor;
    if (kept.layout.plain) return finish(arrayIn(kept));
    const plain = keep(dnnl, dnnl.plain(kept.layout.element, kept.layout.dims));
    reorderNow(dnnl, kept.layout, kept.region.address, plain.layout, plain.region.address);
    const result = finish(arrayIn(plain));
    plain.region.free();
    return result;
  }

  write(name: string, tensor: Tensor): void {
    const kept = this.kept.get(name) ?? this.lent.get(name);
    if (!kept) this.waiting.set(name, tensor);
    else load(this.dnnl, elementOf(tensor.type), (array) => copyIn(tensor, array), kept);
  }

  /** @throws Error for a name that no value has */
  info(name: string): Info {
    const info = this.infos.get(name) ?? (this.lent.has(name) ? this.borrow(name).info : undefined);
    if (!info) throw unknown(name);
    return info;
  }

  free(): void {
    for (const { region } of this.kept.values()) region.free();
    this.kept.clear();
  }
}

const unknown = (name: string) => new Error(`The session has no value named ${name}.`);
