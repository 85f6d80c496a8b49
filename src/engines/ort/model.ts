// OrtModel: a graph of constants alone, as an ONNX file that ONNX Runtime runs.
import { UserError } from "../../base/errors.js";
import type { Computing } from "../constant-program.js";
import type { Tensors } from "../engine.js";
import { type InferenceSession, load, type Runtime } from "./runtime.js";
import { fromOrt, toOrt } from "./tensors.js";

export class OrtModel implements Computing {
  private constructor(
    private readonly runtime: Runtime,
    private readonly model: InferenceSession,
  ) {}

  /** @param file ONNX */
  static async open(runtime: Runtime, file: Uint8Array): Promise<OrtModel> {
    return new OrtModel(runtime, await load(runtime, file));
  }

  async run(inputs: Tensors, fetch: readonly string[]): Promise<Tensors> {
    const { model, runtime } = this;
    for (const name of model.inputNames) if (!inputs[name]) throw new UserError(`Input ${name} is missing.`);
    const feeds = model.inputNames.map((name) => [name, toOrt(runtime.ort, inputs[name])] as const);
    const results = await model.run(Object.fromEntries(feeds), fetch);
    return Object.fromEntries(fetch.map((name) => [name, fromOrt(results[name])]));
  }

  close(): Promise<void> {
    return this.model.release();
  }
}
