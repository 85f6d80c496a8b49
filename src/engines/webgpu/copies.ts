// Copies: float32 values to the device and back, by models of one Identity.
//
// ONNX Runtime's own way to read a tensor on the device, getData, aborts the process in Node.
import { GraphBuilder } from "../../graph/builder.js";
import { Graph } from "../../graph/graph.js";
import { writeOnnx } from "../../graph/onnx.js";
import { type InferenceSession, load, type OrtTensor, type Runtime } from "../ort/runtime.js";

type Direction = "gpu-buffer" | "cpu";

/** y = x, of any shape of that many dimensions. */
function identity(dimensions: number): Uint8Array {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const shape = Array.from({ length: dimensions }, (_, axis) => `size${axis}`);
  builder.node("Identity", [builder.input({ name: "x", type: "float32", shape })], { outputs: ["y"] });
  builder.output({ name: "y", type: "float32", shape });
  return writeOnnx(graph);
}

export class Copies {
  private readonly models = new Map<string, Promise<InferenceSession>>();

  constructor(private readonly runtime: Runtime) {}

  /** @param tensor float32 */
  toDevice(tensor: OrtTensor): Promise<OrtTensor> {
    return this.copy(tensor, "gpu-buffer");
  }

  toHost(tensor: OrtTensor): Promise<OrtTensor> {
    return this.copy(tensor, "cpu");
  }

  async close(): Promise<void> {
    for (const model of this.models.values()) await (await model).release();
    this.models.clear();
  }

  private async copy(x: OrtTensor, to: Direction): Promise<OrtTensor> {
    const model = await this.model(x.dims.length, to);
    const { y } = await model.run({ x });
    return y;
  }

  private model(dimensions: number, to: Direction): Promise<InferenceSession> {
    const key = `${dimensions} ${to}`;
    const known =
      this.models.get(key) ??
      load(this.runtime, identity(dimensions), {
        // The Identity is what copies.
        graphOptimizationLevel: "disabled",
        preferredOutputLocation: to,
      });
    this.models.set(key, known);
    return known;
  }
}
