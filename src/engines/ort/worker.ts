// The thread in which ONNX Runtime computes: its run() blocks the thread that calls it.
import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";
import type { Answer, Numbered, Request, Start } from "./messages.js";

const port = parentPort;
if (!port) throw new Error("This module runs in a worker thread.");
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

async function answer(request: Request): Promise<Tensors | Map<string, Tensor> | undefined> {
  if (request.kind === "run") return run(request.inputs);
  if (request.kind === "read") return read(request.names);
  if (request.kind === "write") write(request.state);
  else await session.release();
  return undefined;
}

let last: Promise<void> = Promise.resolve();
port.on("message", ({ id, request }: Numbered) => {
  last = last.then(async () => {
    try {
      port.postMessage({ id, result: await answer(request) } satisfies Answer);
    } catch (error) {
      port.postMessage({
        id,
        error: error instanceof Error ? error.message : String(error),
      } satisfies Answer);
    }
    if (request.kind === "close") port.close();
  });
});
port.postMessage({ id: 0, result: undefined } satisfies Answer);
