// ONNX Runtime on its WebGPU provider: Metal, Direct3D 12 or Vulkan.
import * as ort from "onnxruntime-node";
import { OrtSession } from "../ort/session.js";
import { DeviceStore } from "./store.js";

/** A session whose values are on the device. @param threads of what ONNX Runtime leaves to the CPU */
export function webgpuSession(threads: number): OrtSession {
  const runtime = { ort, provider: "webgpu", threads, fillsOutputs: false };
  return new OrtSession(runtime, undefined, new DeviceStore(runtime));
}
