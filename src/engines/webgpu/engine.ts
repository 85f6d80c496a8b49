// The engine on a graphics device, by ONNX Runtime's WebGPU provider: state stays in the device's memory.
import { UserError } from "../../base/errors.js";
import { type Engine, type EngineOptions, engineOf } from "../engine.js";
import { ortVersion } from "../ort/engine.js";
import { WorkerSession } from "../worker/session.js";
import type { Adapter } from "./adapter.js";
import type { Start } from "./worker.js";

/** Threads of what ONNX Runtime leaves to the processor: arithmetic on a few numbers. */
const THREADS = 1;

/** @throws UserError for bf16, in which no kernel of it computes */
export function webgpuEngine({ name }: Adapter, { precision }: EngineOptions = {}): Engine {
  if (precision === "bf16") {
    throw new UserError("WebGPU computes in float32: use --precision fp32 (or auto).");
  }
  return engineOf({
    name: "webgpu",
    description: `WebGPU on ${name}, ONNX Runtime ${ortVersion()}, float32`,
    precision: "fp32",
    open: () =>
      WorkerSession.start(
        new URL("./worker.js", import.meta.url),
        { threads: THREADS } satisfies Start,
        "WebGPU",
      ),
  });
}
