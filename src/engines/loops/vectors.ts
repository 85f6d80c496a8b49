// Vectors: blocks of numbers in WebAssembly's memory, and the functions of formulas over a whole block.
import { instantiate, type Memory, memoryOf, PAGE } from "../../base/wasm.js";
import { vectorsWasm } from "./vectors-wasm.js";

/** Numbers in a block: all blocks of a formula fit into a processor's near caches. */
export const BLOCK = 512;
/** Blocks that there are. */
const BLOCKS = 256;
/** Behind them lies one of float32, by way of which numbers come in and go out. */
const PASSAGE = 8 * BLOCK * BLOCKS;
const RESERVED = PASSAGE + 8 * BLOCK;
/** A line of the cache. */
const ALIGNMENT = 64;

/** As assembly/vectors.ts has them: how many, where to, where from. */
type Kernel = (n: number, to: number, a: number, b?: number, c?: number) => void;
type Kernels = Readonly<Record<string, Kernel>>;

/** Computes the first `n` numbers of its block. */
export type Run = (n: number) => void;

/** By function: the kernel, and which of its operands are which of the function's. */
const kernelOf: Readonly<Record<string, readonly [kernel: string, ...order: number[]]>> = {
  "+": ["add", 0, 1],
  "-": ["subtract", 0, 1],
  "*": ["multiply", 0, 1],
  "/": ["divide", 0, 1],
  "<": ["less", 0, 1],
  ">": ["less", 1, 0],
  "<=": ["lessOrEqual", 0, 1],
  ">=": ["lessOrEqual", 1, 0],
  "?": ["select", 0, 1, 2],
  max: ["max", 0, 1],
  min: ["min", 0, 1],
  negative: ["negative", 0],
  abs: ["absolute", 0],
  sqrt: ["root", 0],
  fround: ["rounded", 0],
};

type Two = (a: number, b: number) => number;
const rare: Readonly<Record<string, Two>> = {
  "%": (a, b) => a % b,
  "===": (a, b) => (a === b ? 1 : 0),
  "!==": (a, b) => (a !== b ? 1 : 0),
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "&&": (a, b) => a && b,
  "||": (a, b) => a || b,
};

/** @throws TypeError for one that Math does not have */
function functionOf(name: string): Two {
  const found: unknown = rare[name] ?? Reflect.get(Math, name);
  if (typeof found !== "function") throw new TypeError(`Math.${name} is no function.`);
  return found as Two;
}

/** A block: it has another array when the memory has grown. */
export class Block {
  private seen: Float64Array | undefined;

  constructor(
    private readonly memory: Memory,
    readonly address: number,
  ) {}

  get numbers(): Float64Array {
    const { buffer } = this.memory;
    if (this.seen?.buffer !== buffer) this.seen = new Float64Array(buffer, this.address, BLOCK);
    return this.seen;
  }
}

export class Vectors {
  private readonly kernels: Kernels;
  private readonly blocks: Block[] = [];
  private passage: Float32Array;
  /** Addresses that are free again, by length. */
  private readonly free = new Map<number, number[]>();
  private used = RESERVED;

  private constructor(private readonly memory: Memory) {
    const module = Uint8Array.from(atob(vectorsWasm), (c) => c.charCodeAt(0));
    this.kernels = instantiate<Kernels>(module, { env: { memory } });
    this.passage = new Float32Array(memory.buffer, PASSAGE, BLOCK);
  }

  /** With a memory of their own, which may hold arrays; undefined where the system gives none. */
  static open(): Vectors | undefined {
    try {
      const memory = memoryOf();
      memory.grow(Math.ceil(RESERVED / PAGE));
      return new Vectors(memory);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private static common: Vectors | undefined;

  /** Those that hold no arrays. @throws RangeError where the system gives no memory */
  static get shared(): Vectors {
    Vectors.common ??= Vectors.open();
    if (!Vectors.common) throw new RangeError("WebAssembly has no memory here.");
    return Vectors.common;
  }

  /**
   * Takes room for an array. Views of the memory are of no use afterwards: it has another buffer when it has grown.
   * @returns its address; undefined where there is no more
   */
  take(length: number): number | undefined {
    const freed = this.free.get(length)?.pop();
    if (freed !== undefined) return freed;
    const address = this.used;
    const missing = Math.ceil((address + bytesOf(length) - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) {
      try {
        this.memory.grow(missing);
      } catch (error) {
        if (error instanceof RangeError) return undefined;
        throw error;
      }
    }
    this.used += bytesOf(length);
    return address;
  }

  /** Gives the room of an array back. */
  give(address: number, length: number): void {
    const others = this.free.get(length);
    if (others) others.push(address);
    else this.free.set(length, [address]);
  }

  /** The array at an address, as long as the memory doesn't grow. */
  array(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer, address, length);
  }

  /** @throws RangeError where a formula has more values at a time than there are blocks */
  block(index: number): Block {
    if (index >= BLOCKS) throw new RangeError(`A formula has more than ${BLOCKS} values at a time.`);
    this.blocks[index] ??= new Block(this.memory, 8 * BLOCK * index);
    return this.blocks[index];
  }

  /** A function of some blocks, of which the result may be one. */
  compile(name: string, to: Block, operands: readonly Block[]): Run {
    const [kernel, ...order] = kernelOf[name] ?? [];
    const result = to.address;
    if (kernel !== undefined) {
      const run = this.kernels[kernel];
      const [a, b, c] = order.map((index) => operands[index].address);
      return (n) => run(n, result, a, b, c);
    }
    const [a, b = a] = operands;
    if (name === "exp") {
      return (n) => {
        const [y, x] = [to.numbers, a.numbers];
        for (let i = 0; i < n; i++) y[i] = Math.exp(x[i]);
      };
    }
    const f = functionOf(name);
    return (n) => {
      const [z, x, y] = [to.numbers, a.numbers, b.numbers];
      for (let i = 0; i < n; i++) z[i] = f(x[i], y[i]);
    };
  }

  /** Copies float32 numbers that lie one behind the other to a block. */
  load(array: Float32Array, at: number, n: number, to: Block): void {
    const { memory, kernels } = this;
    if (array.buffer === memory.buffer && n % 2 === 0) {
      kernels.load(n, to.address, array.byteOffset + 4 * at);
      return;
    }
    this.passing.set(n === array.length ? array : array.subarray(at, at + n));
    kernels.load(n, to.address, PASSAGE);
  }

  /** Copies a block to where float32 numbers lie one behind the other. */
  store(from: Block, n: number, array: Float32Array, at: number): void {
    const { memory, kernels } = this;
    // An odd last number has a neighbour that is written too.
    if (array.buffer === memory.buffer && n % 2 === 0) {
      kernels.store(n, array.byteOffset + 4 * at, from.address);
      return;
    }
    kernels.store(n, PASSAGE, from.address);
    array.set(n === BLOCK ? this.passing : this.passing.subarray(0, n), at);
  }

  private get passing(): Float32Array {
    const { buffer } = this.memory;
    if (this.passage.buffer !== buffer) this.passage = new Float32Array(buffer, PASSAGE, BLOCK);
    return this.passage;
  }
}

const bytesOf = (length: number) => Math.ceil((4 * length) / ALIGNMENT) * ALIGNMENT;
