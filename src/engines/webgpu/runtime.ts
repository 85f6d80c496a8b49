// ONNX Runtime on its WebGPU provider: Metal, Direct3D 12 or Vulkan.
import * as ort from "onnxruntime-node";
import type { OrtModule } from "../ort/runtime.js";
import { OrtSession } from "../ort/session.js";
import { explained } from "./faults.js";
import { DeviceStore } from "./store.js";

const helpfully = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw explained(error);
  }
};

/** ONNX Runtime, whose errors say what to do. */
const explaining: OrtModule = {
  Tensor: ort.Tensor,
  InferenceSession: {
    async create(model, options) {
      const session = await helpfully(() => ort.InferenceSession.create(model, options));
      const run = session.run.bind(session) as (...args: unknown[]) => ReturnType<typeof session.run>;
      session.run = (...args: unknown[]) => helpfully(() => run(...args));
      return session;
    },
  },
};

/** A session whose values are on the device. @param threads of what ONNX Runtime leaves to the CPU */
export function webgpuSession(threads: number): OrtSession {
  const runtime = { ort: explaining, provider: "webgpu", threads, fillsOutputs: false };
  return new OrtSession(runtime, undefined, new DeviceStore(runtime));
}
