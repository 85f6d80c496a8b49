// The engine on an ONNX Runtime that is handed to it, in the thread that calls: a page's, or a worker's of its own.
import { type Engine, engineOf } from "../engine.js";
import type { OrtModule } from "./runtime.js";
import { OrtSession } from "./session.js";

/**
 * @param ort the module onnxruntime-web, whose `env.wasm` says how many threads there are and where its files lie
 */
export function ortInThread(ort: OrtModule): Engine {
  return engineOf({
    name: "ort",
    description: "ONNX Runtime, WebAssembly, float32",
    open: async () => new OrtSession({ ort, provider: "wasm", threads: 1, fillsOutputs: false }),
  });
}
