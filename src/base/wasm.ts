// WebAssembly: the kernels that `npm run kernels` compiles, opened.

/** A memory that grows by pages, and then has another buffer. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export const PAGE = 2 ** 16;

/** Node and browsers have it; the types of the language alone do not tell. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object) => { readonly exports: unknown };
  };
};

/** What a module that imports nothing exports. */
export function instantiate<Exports>(base64: string): Exports {
  const module = new WebAssembly.Module(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  return new WebAssembly.Instance(module).exports as Exports;
}
