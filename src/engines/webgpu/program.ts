// DeviceProgram: a model that is fed the session's values on the device and leaves there what replaces them.
import { UserError } from "../../base/errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Computing } from "../constant-program.js";
import type { Tensors } from "../engine.js";
import { webgpuKernels } from "../ort/lower/kernels.js";
import { prepareWhole } from "../ort/prepare.js";
import { type InferenceSession, load, type OrtTensor, type Runtime } from "../ort/runtime.js";
import { toOrt } from "../ort/tensors.js";
import type { DeviceValues } from "./values.js";

export class DeviceProgram implements Computing {
  private constructor(
    private readonly runtime: Runtime,
    private readonly values: DeviceValues,
    private readonly model: InferenceSession,
    /** Values that change: → the output that replaces each. */
    private readonly next: ReadonlyMap<string, string>,
  ) {}

  static async open(runtime: Runtime, values: DeviceValues, graph: Graph): Promise<DeviceProgram> {
    const { model, next } = prepareWhole(graph, webgpuKernels);
    const preferredOutputLocation: Record<string, "gpu-buffer" | "cpu"> = {};
    for (const [name, output] of next) preferredOutputLocation[output] = values.locationOf(name);
    return new DeviceProgram(runtime, values, await load(runtime, model, { preferredOutputLocation }), next);
  }

  async run(inputs: Tensors, fetch: readonly string[]): Promise<Tensors> {
    const { model, runtime, values, next } = this;
    const feeds: Record<string, OrtTensor> = {};
    for (const name of model.inputNames) {
      const given = inputs[name];
      if (!given && !values.has(name)) throw new UserError(`Input ${name} is missing.`);
      feeds[name] = given ? toOrt(runtime.ort, given) : await values.tensor(name);
    }
    const results = await model.run(feeds, [...new Set([...fetch, ...next.values()])]);
    const outputs: [string, Tensor][] = [];
    for (const name of fetch) outputs.push([name, await values.copy(results[name])]);
    values.replace(new Map([...next].map(([name, output]) => [name, results[output]])));
    return Object.fromEntries(outputs);
  }

  close(): Promise<void> {
    return this.model.release();
  }
}
