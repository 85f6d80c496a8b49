// SimdMemory: arrays that lie where WebAssembly computes, and the modules that compute on them.
import { instantiate, type Memory, memoryOf, PAGE } from "../../base/wasm.js";
import { SLACK } from "./simd.js";

/** A line of the cache. */
const ALIGNMENT = 64;

const bytesOf = (length: number) => Math.ceil((4 * (length + SLACK)) / ALIGNMENT) * ALIGNMENT;

/** As `simdModule` makes it: the length, then what is read and written, numbers or addresses. */
export type Run = (length: number, ...operands: readonly number[]) => void;

export class SimdMemory {
  private readonly modules = new Map<string, Run>();
  /** Addresses that are free again, by length. */
  private readonly free = new Map<number, number[]>();
  private used = 0;

  private constructor(private readonly memory: Memory) {}

  /** An empty memory; undefined where the system gives none. */
  static open(): SimdMemory | undefined {
    try {
      return new SimdMemory(memoryOf());
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /**
   * Takes room for an array. Views of the memory may be of no use afterwards: it has another buffer when it has grown.
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

  /** Starts a module; those of the same code share it. */
  start(module: Uint8Array): Run {
    const key = String.fromCharCode(...module);
    const known = this.modules.get(key);
    if (known) return known;
    const { run } = instantiate<{ run: Run }>(module, { env: { memory: this.memory } });
    this.modules.set(key, run);
    return run;
  }
}
