// Dnnl: the library at work in one thread: its layouts, primitives and memory.
import { UserError } from "../../../base/errors.js";
import type { Constructors } from "./constructors.js";
import { type Functions, functionsOf } from "./functions.js";
import { type Descriptor, type Element, isPlain, keyOf, type Layout, rowMajor } from "./layout.js";
import { type Handle, Native } from "./native.js";
import { Primitive } from "./primitive.js";
import { version2 } from "./version2.js";
import { version3 } from "./version3.js";

/** What a primitive does to its result before it is stored. */
export type PostOp =
  | { readonly kind: "sum" }
  | { readonly kind: "eltwise"; readonly algorithm: number; readonly alpha: number; readonly beta: number }
  | { readonly kind: "binary"; readonly algorithm: number; readonly operand: Descriptor };

/** Memory outside of JavaScript's. */
export interface Region {
  readonly address: bigint;
  readonly bytes: number;
  /** The memory as JavaScript sees it; not to be used any more when it is freed. */
  readonly buffer: ArrayBuffer;
  free(): void;
}

const CPU = 1;
const IN_ORDER = 1;
const USER_SCRATCHPAD = 1;
/** An address that makes oneDNN allocate the memory. */
const ALLOCATE = 0xffff_ffff_ffff_ffffn;

export class Dnnl {
  /** As people write it, e.g. 2.6.3. */
  readonly version: string;
  readonly functions: Functions;
  readonly make: Constructors;
  private readonly native: Native;
  private readonly engine: Handle;
  private readonly stream: Handle;
  private threads = 0;
  private readonly layouts = new Map<string, Layout>();

  /**
   * @param threads of the thread that calls
   * @throws UserError for a version that is neither 2.6 or later nor 3
   * @throws Error if the file cannot be loaded
   */
  constructor(path: string, threads: number) {
    this.native = new Native(path);
    this.functions = functionsOf(this.native);
    const [major, minor, patch] = new Int32Array(this.native.view(this.functions.version(), 12).slice(0));
    this.version = `${major}.${minor}.${patch}`;
    if (major < 2 || major > 3 || (major === 2 && minor < 6)) {
      throw new UserError(`${path} is oneDNN ${this.version}; 2.6 or later, or 3, is wanted.`);
    }
    this.useThreads(threads);
    this.engine = this.functions.createEngine(CPU, 0);
    this.stream = this.functions.createStream(this.engine, IN_ORDER);
    this.make = (major === 2 ? version2 : version3)(this.native, this.engine);
  }

  /** For the primitives that are made and run from now on. One has to run with as many as it was made for. */
  useThreads(threads: number): void {
    if (threads !== this.threads) this.functions.setThreads(threads);
    this.threads = threads;
  }

  text(address: bigint): string {
    return this.native.text(address);
  }

  /** The layout that a descriptor tells, each once; undefined for one that only oneDNN understands. */
  layout(descriptor: Descriptor): Layout | undefined {
    const described = this.make.describe(descriptor);
    if (!described) return undefined;
    const key = keyOf(described);
    const known = this.layouts.get(key);
    if (known) return known;
    const layout = { ...described, descriptor, plain: isPlain(described), key };
    this.layouts.set(key, layout);
    return layout;
  }

  strided(element: Element, dims: readonly number[], strides: readonly number[]): Layout {
    const layout = this.layout(this.make.strided(element, dims, strides));
    if (!layout) throw new Error(`A layout of [${dims}] with strides [${strides}] cannot be made.`);
    return layout;
  }

  /** Row-major without gaps. oneDNN has no tensors without dimensions: a scalar is one of [1]. */
  plain(element: Element, dims: readonly number[]): Layout {
    const shape = dims.length === 0 ? [1] : dims;
    return element === "f64" ? this.doubles(shape) : this.strided(element, shape, rowMajor(shape));
  }

  /** A layout without gaps in which the dimensions, and a block of channels, are in the order of another's. */
  alike(element: Element, dims: readonly number[], other: Layout): Layout {
    if (other.blocks.length === 0) {
      const order = dims.map((_, axis) => axis);
      order.sort((a, b) => other.strides[b] - other.strides[a] || a - b);
      const inOrder = rowMajor(order.map((axis) => dims[axis]));
      return this.strided(
        element,
        dims,
        order.map((_, axis) => inOrder[order.indexOf(axis)]),
      );
    }
    const [block] = other.blocks;
    const descriptor =
      other.blocks.length === 1 && block.axis === 1 && dims.length === 4
        ? this.make.blockedImages(element, dims, block.size)
        : undefined;
    const layout = descriptor === undefined ? undefined : this.layout(descriptor);
    const same =
      layout?.blocks.length === 1 && layout.blocks[0].axis === 1 && layout.blocks[0].size === block.size;
    return layout && same ? layout : this.plain(element, dims);
  }

  /** oneDNN has no descriptor for them: only JavaScript computes with doubles. */
  private doubles(dims: readonly number[]): Layout {
    const described = { element: "f64", dims, padded: dims, strides: rowMajor(dims), blocks: [] } as const;
    const bytes = 8 * dims.reduce((product, n) => product * n, 1);
    const key = keyOf({ ...described, bytes });
    const layout = this.layouts.get(key) ?? { ...described, bytes, descriptor: 0n, plain: true, key };
    this.layouts.set(key, layout);
    return layout;
  }

  /**
   * Makes a primitive; undefined if oneDNN has no implementation of it.
   * @param describe makes the primitive's descriptor, given the attributes that it is to have
   */
  primitive(
    describe: (make: Constructors, attributes: Handle) => Handle | undefined,
    postOps: readonly PostOp[] = [],
  ): Primitive | undefined {
    const { functions, make } = this;
    const attributes = functions.createAttributes();
    const list = functions.createPostOps();
    try {
      functions.setScratchpadMode(attributes, USER_SCRATCHPAD);
      for (const op of postOps) {
        if (op.kind === "sum") make.appendSum(list);
        else if (op.kind === "eltwise") make.appendEltwise(list, op.algorithm, op.alpha, op.beta);
        else make.appendBinary(list, op.algorithm, op.operand);
      }
      if (postOps.length > 0) functions.setPostOps(attributes, list);
      const descriptor = describe(make, attributes);
      return descriptor === undefined ? undefined : new Primitive(this, descriptor);
    } finally {
      functions.destroyPostOps(list);
      functions.destroyAttributes(attributes);
    }
  }

  /** Copies from one layout, or element type, to another. */
  reorder(from: Descriptor, to: Descriptor): Primitive {
    const made = this.primitive((_, attributes) =>
      this.functions.describeReorder(from, this.engine, to, this.engine, attributes),
    );
    if (!made) throw new Error("oneDNN cannot bring a tensor from one of its own layouts into another.");
    return made;
  }

  /** Memory of so many bytes, aligned for every primitive. What it holds is not defined. */
  allocate(bytes: number): Region {
    const size = Math.max(64, bytes);
    const layout = this.plain("u8", [size]);
    const memory = this.functions.createMemory(layout.descriptor, this.engine, ALLOCATE);
    const address = new BigUint64Array(1);
    this.functions.addressOfMemory(memory, address);
    const { native, functions } = this;
    let buffer: ArrayBuffer | undefined;
    return {
      address: address[0],
      bytes: size,
      get buffer() {
        buffer ??= native.view(address[0], size);
        return buffer;
      },
      free: () => functions.destroyMemory(memory),
    };
  }

  /** What a primitive is given: a tensor of that layout at an address. */
  memory(descriptor: Descriptor, address: bigint): Handle {
    return this.functions.createMemory(descriptor, this.engine, address);
  }

  /** @param args pairs of 64-bit numbers: an argument's number, a memory */
  execute(primitive: Primitive, args: BigUint64Array): void {
    this.functions.execute(primitive.handle, this.stream, args.length / 2, args);
  }
}
