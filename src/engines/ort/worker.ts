// The thread in which ONNX Runtime computes: its run() blocks the thread that calls it.
import { workerData } from "node:worker_threads";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";
import { serve } from "../worker/serve.js";
import type { Start } from "./start.js";

const start = workerData as Start;

/** The engine's tensor types bear ONNX Runtime's names, and it takes the same arrays. */
function toOrt(tensor: Tensor): OrtTensor {
  return new OrtTensor(tensor.type as "float32", tensor.data as Float32Array, tensor.shape);
}

function fromOrt(tensor: OrtTensor): Tensor {
  return { type: tensor.type, shape: tensor.dims, data: tensor.data } as Tensor;
}

const state = new Map([...start.state].map(([name, tensor]) => [name, toOrt(tensor)]));
const session = await InferenceSession.create(start.model, {
  executionProviders: ["cpu"],
  intraOpNumThreads: start.threads,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  // Half the peak memory at no cost in speed.
  enableMemPattern: false,
  logSeverityLevel: 3,
  // Idle sessions would spin and take the cores from the busy one and from the decoding of pictures.
  extra: { session: { intra_op: { allow_spinning: "0" } } },
});
const fetches = [...start.outputs, ...start.next.values()];

async function run(inputs: Tensors): Promise<Tensors> {
  const feeds: Record<string, OrtTensor> = Object.fromEntries(state);
  for (const [name, tensor] of Object.entries(inputs)) feeds[name] = toOrt(tensor);
  const results = await session.run(feeds, fetches);
  for (const [name, next] of start.next) state.set(name, results[next]);
  return Object.fromEntries(start.outputs.map((name) => [name, fromOrt(results[name])]));
}

function read(names: readonly string[] | undefined): Map<string, Tensor> {
  const wanted = names ?? [...state.keys()];
  return new Map(
    wanted.map((name) => {
      const tensor = state.get(name);
      if (!tensor) throw new Error(`The program has no state named ${name}.`);
      return [name, fromOrt(tensor)];
    }),
  );
}

function write(values: ReadonlyMap<string, Tensor>): void {
  for (const [name, tensor] of values) {
    const old = state.get(name);
    if (!old) throw new Error(`The program has no state named ${name}.`);
    if (old.dims.join() !== tensor.shape.join()) {
      throw new Error(`State ${name} has shape [${old.dims}], not [${tensor.shape}].`);
    }
  }
  for (const [name, tensor] of values) state.set(name, toOrt(tensor));
}

// What a run returns may be kept as state, too.
serve({ run, read, write, close: () => session.release() }, { ownsResults: false });
