// Runtime: ONNX Runtime, loaded from a folder with its files as onnxruntime-web ships them.
import type * as Ort from "onnxruntime-web";
import { UserError } from "../base/errors.js";
import { type DownloadOptions, download } from "./download.js";
import { type Device, runtimeFiles } from "./runtime-files.js";

/** Whether there is a graphics card to compute on; what only imitates one is slower than WebAssembly. */
export async function hasGraphicsCard(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return !!adapter && !adapter.info.isFallbackAdapter;
}

/** How many threads of WebAssembly this page may have, of those that are asked for. */
export function allowedThreads(wanted: number | undefined): number {
  if (!globalThis.crossOriginIsolated) return 1;
  return wanted ?? Math.min(4, navigator.hardwareConcurrency || 1);
}

/** Loads ONNX Runtime with what `device` needs. Throws a UserError where a file is missing. */
export async function loadRuntime(
  folder: string,
  device: Device,
  threads: number,
  options: Pick<DownloadOptions, "onProgress">,
): Promise<typeof Ort> {
  const { script, wasm } = runtimeFiles[device];
  const url = folder + script;
  const wasmBinary = await download(`${folder}${wasm}.wasm`, { ...options, part: "runtime", cache: false });
  let ort: typeof Ort;
  try {
    // The comments keep bundlers from looking for it: it is known only here.
    ort = await import(/* webpackIgnore: true */ /* @vite-ignore */ url);
  } catch (error) {
    throw new UserError(`ONNX Runtime cannot be loaded from ${url}: ${(error as Error).message}`);
  }
  ort.env.wasm.wasmPaths = { mjs: `${folder}${wasm}.mjs` };
  ort.env.wasm.wasmBinary = wasmBinary.buffer;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  return ort;
}
