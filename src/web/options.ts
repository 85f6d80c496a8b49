// LoadOptions: how a bundle is loaded and run in a browser.

/** How a bundle is loaded and run. */
export interface LoadOptions {
  /** Gives up: the download stops, and the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told how far loading is. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /**
   * What computes. "auto" (the default) takes WebGPU where the browser offers a graphics card and the bundle's
   * self-check passes on it, and WebAssembly otherwise.
   */
  readonly device?: "auto" | "webgpu" | "wasm";
  /**
   * Threads of WebAssembly; default: one for each core, 4 at most. Browsers allow more than one only to pages
   * that are cross-origin isolated; on others it is 1, whatever is asked for.
   */
  readonly threads?: number;
  /** The folder with ONNX Runtime's files; default `runtime/` in the bundle's folder. */
  readonly runtime?: string | URL;
  /** Whether the model is kept in the browser's cache, by its hash, for the next visit; default true. */
  readonly cache?: boolean;
  /** Whether loading proves that the bundle gives the numbers here that it gave where it was written. */
  readonly selfCheck?: boolean;
  /**
   * Starts the worker; default: `worker.js` beside this module, as a module. For bundlers that do not see it
   * there: `() => new Worker(url, { type: "module" })` with the URL of `multihot/web/worker`.
   */
  readonly worker?: () => Worker;
}

/** Bytes that have come, of one part of what is to be loaded. */
export interface LoadProgress {
  readonly part: "runtime" | "model";
  readonly loaded: number;
  /** Where it is known. */
  readonly total?: number;
  /** Whether it comes from the browser's cache. */
  readonly cached: boolean;
}
