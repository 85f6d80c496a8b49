// Native: the C functions of oneDNN's shared library, called through koffi.
import koffi, { type LibraryHandle } from "koffi";

/** What the C interface takes for a pointer: memory of ours, an address, or nothing. */
export type Pointer = ArrayBufferView | bigint | number | null;

/** An object of oneDNN's, by its address. */
export type Handle = bigint;

/** dnnl_status_t: all went well. */
const SUCCESS = 0;

/** RTLD_NOW and RTLD_NODELETE as Linux and macOS number them. */
const stayLoaded: Partial<Record<string, number>> = { linux: 0x2 | 0x1000, darwin: 0x2 | 0x80 };

/**
 * koffi closes a library when the process ends while OpenMP's threads still run in it, which crashes. A library
 * that was once opened not to be deleted stays, with all that it needs, until the process is gone.
 */
function keepLoaded(path: string): void {
  const flags = stayLoaded[process.platform];
  if (flags === undefined) return;
  koffi.load(null).func("dlopen", "void *", ["str", "int"])(path, flags);
}

/**
 * OpenMP's threads spin for milliseconds while they wait for work, and take the cores from everyone else: on a busy
 * machine that made training up to forty times slower. They should sleep instead, unless the user has said otherwise.
 * GCC's, LLVM's and Intel's OpenMP read this when they are loaded. setenv reaches them from a worker thread too, where
 * process.env is a copy.
 */
function letThreadsSleep(): void {
  if (process.platform === "win32") return;
  const setenv = koffi.load(null).func("setenv", "int", ["str", "str", "int"]);
  const keep = 0;
  setenv("OMP_WAIT_POLICY", "passive", keep);
}

export class Native {
  private readonly library: LibraryHandle;

  /** @throws Error if the file is no shared library, or one that it needs is missing */
  constructor(readonly path: string) {
    letThreadsSleep();
    keepLoaded(path);
    this.library = koffi.load(path);
  }

  /** A function with C's types, as koffi names them. */
  func<A extends readonly (Pointer | string)[], R>(
    name: string,
    result: string,
    types: readonly string[],
  ): (...values: A) => R {
    return this.library.func(name, result, [...types]);
  }

  /** The same for one that returns a status: it throws where that isn't success. */
  checked<A extends readonly Pointer[]>(name: string, types: readonly string[]): (...values: A) => void {
    const call = this.func<A, number>(name, "int", types);
    return (...values) => {
      const status = call(...values);
      if (status !== SUCCESS) throw new Error(`${name} failed with status ${status}.`);
    };
  }

  /** The same for one that puts the handle of what it makes where its first argument points. */
  making<A extends readonly Pointer[]>(name: string, types: readonly string[]): (...values: A) => Handle {
    const call = this.checked<readonly Pointer[]>(name, ["void *", ...types]);
    return (...values) => {
      const made = new BigUint64Array(1);
      call(made, ...values);
      return made[0];
    };
  }

  /** The same, where a combination that isn't implemented gives undefined. */
  offering<A extends readonly Pointer[]>(
    name: string,
    types: readonly string[],
  ): (...values: A) => Handle | undefined {
    const call = this.func<readonly Pointer[], number>(name, "int", ["void *", ...types]);
    return (...values) => {
      const made = new BigUint64Array(1);
      return call(made, ...values) === SUCCESS ? made[0] : undefined;
    };
  }

  /** Memory outside of JavaScript's, seen without a copy. */
  view(address: bigint | number, bytes: number): ArrayBuffer {
    return koffi.view(BigInt(address), bytes);
  }

  /** The C string at an address. */
  text(address: bigint): string {
    return koffi.decode.string(address);
  }
}

/** int64_t[12], as dnnl_dims_t. */
export function dimensions(values: readonly number[]): BigInt64Array {
  const list = new BigInt64Array(12);
  values.forEach((value, i) => {
    list[i] = BigInt(value);
  });
  return list;
}
