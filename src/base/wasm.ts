// WebAssembly: its types, and modules opened.

/** A memory that grows by pages, and then has another buffer. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export const PAGE = 2 ** 16;

/** Node and browsers have it; the types of the language alone do not tell. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Memory: new (size: { initial: number; maximum: number }) => Memory;
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object, imports?: object) => { readonly exports: unknown };
  };
};

/** Most pages that 32-bit addresses reach. */
const PAGES = 2 ** 16;

/** An empty memory that may grow. @throws RangeError where the system has no addresses left for it */
export function memoryOf(): Memory {
  return new WebAssembly.Memory({ initial: 0, maximum: PAGES });
}

/** What a module exports. */
export function instantiate<Exports>(module: Uint8Array, imports?: object): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(module), imports).exports as Exports;
}

/** The same of a module in base64, as `npm run kernels` writes those that it compiles. */
export function openKernel<Exports>(base64: string): Exports {
  return instantiate(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
}
