// DeviceStore: the values of a session on the device, and what opens programs over them.
import type { Graph } from "../../graph/graph.js";
import type { Computing } from "../constant-program.js";
import { webgpuKernels } from "../ort/lower/kernels.js";
import { OrtModel } from "../ort/model.js";
import { prepareConstant } from "../ort/prepare.js";
import type { Store } from "../ort/store.js";
import { DeviceProgram } from "./program.js";
import { DeviceValues } from "./values.js";

export class DeviceStore extends DeviceValues implements Store {
  async open(graph: Graph): Promise<Computing> {
    const { runtime } = this;
    if (graph.state.size > 0) return DeviceProgram.open(runtime, this, graph);
    return OrtModel.open(runtime, prepareConstant(graph, webgpuKernels));
  }
}
