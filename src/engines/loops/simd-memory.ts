// SimdMemory: arrays that lie where WebAssembly computes, and the modules that compute on them.
import { instantiate, type Memory, memoryOf, PAGE } from "../../base/wasm.js";
import { SLACK } from "./simd.js";

/** Most that 32-bit addresses reach. */
const PAGES = 2 ** 16;
/** A line of the cache. */
const ALIGNMENT = 64;

const bytesOf = (length: number) => Math.ceil((4 * (length + SLACK)) / ALIGNMENT) * ALIGNMENT;

/** As `simdModule` makes it: the length, then what is read and written, numbers or addresses. */
export type Run = (length: number, ...operands: readonly number[]) => void;

export class SimdMemory {
  private readonly memory: Memory;
  private readonly modules = new Map<string, Run>();
  private used = 0;

  private constructor(pages: number) {
    this.memory = memoryOf(pages);
  }

  /** Room for arrays of these lengths; undefined where that is more than there can be. */
  static of(lengths: readonly number[]): SimdMemory | undefined {
    const pages = Math.ceil(lengths.reduce((sum, length) => sum + bytesOf(length), 0) / PAGE);
    if (pages === 0 || pages > PAGES) return undefined;
    try {
      return new SimdMemory(pages);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** An array with these values. */
  take(values: Float32Array): Float32Array<ArrayBuffer> {
    const taken = new Float32Array(this.memory.buffer, this.used, values.length);
    this.used += bytesOf(values.length);
    taken.set(values);
    return taken;
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
