// The files of onnxruntime-web that a browser needs, by what computes.

export type Device = "webgpu" | "wasm";

/** The script, and the name of the WebAssembly that belongs to it: NAME.mjs and NAME.wasm. */
export const runtimeFiles: Record<Device, { readonly script: string; readonly wasm: string }> = {
  wasm: { script: "ort.wasm.min.mjs", wasm: "ort-wasm-simd-threaded" },
  webgpu: { script: "ort.webgpu.min.mjs", wasm: "ort-wasm-simd-threaded.asyncify" },
};
