// WebGPU's entry in the registry.
import { UserError } from "../../base/errors.js";
import type { EngineEntry } from "../entry.js";
import { webgpuEngine } from "./engine.js";
import { findWebgpu } from "./open.js";

export const webgpu: EngineEntry<"webgpu"> = {
  name: "webgpu",
  title: "WebGPU",
  special: true,
  async probe() {
    const found = await findWebgpu();
    if ("reason" in found) return { works: false, reason: found.reason };
    const { adapter } = found;
    return { works: true, description: webgpuEngine(adapter).description, software: adapter.software };
  },
  async open(options) {
    const found = await findWebgpu();
    if ("adapter" in found) return webgpuEngine(found.adapter, options);
    throw new UserError(
      `The engine WebGPU cannot be used: ${found.reason}. Processors work everywhere: use --engine auto.`,
    );
  },
};
