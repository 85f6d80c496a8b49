// The thread in which ONNX Runtime computes: its run() blocks the thread that calls it.
import { workerData } from "node:worker_threads";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";
import { compileLoops, nestOverAxes } from "../loops/loops.js";
import { serve } from "../worker/serve.js";
import type { Start } from "./start.js";
import type { Update } from "./update.js";

const start = workerData as Start;

/** The engine's tensor types bear ONNX Runtime's names, and it takes the same arrays. */
function toOrt(tensor: Tensor): OrtTensor {
  return new OrtTensor(tensor.type as "float32", tensor.data as Float32Array, tensor.shape);
}

function fromOrt(tensor: OrtTensor): Tensor {
  return { type: tensor.type, shape: tensor.dims, data: tensor.data } as Tensor;
}

/** Each with memory of its own: two states may begin as the same tensor. */
function ownTensors(tensors: ReadonlyMap<string, Tensor>): Map<string, OrtTensor> {
  const seen = new Set<unknown>();
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const own = seen.has(tensor.data) ? ({ ...tensor, data: tensor.data.slice() } as Tensor) : tensor;
      seen.add(tensor.data);
      return [name, toOrt(own)];
    }),
  );
}

const state = ownTensors(start.state);
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

/** What a run computes for the state alone, in memory that the next run uses again. */
const kept = new Map<string, OrtTensor | null>();
const read = new Set(start.updates.flatMap(({ reads }) => reads.map(({ name }) => name)));
for (const name of [...start.next.values(), ...read]) {
  if (session.outputNames.includes(name) && !start.outputs.includes(name)) kept.set(name, null);
}
const fed = session.inputNames.filter((name) => state.has(name));

type Present = ReadonlyMap<string, OrtTensor>;

/** A loop over the states, given what a run has computed; they change in place when what that returns is called. */
type Prepared = (values: Present) => () => void;

function prepare({ size, reads, writes, statements, results, unless }: Update): Prepared {
  const walks = [...reads.map(({ single }) => (single ? 0 : 1)), ...writes.map(() => 1)];
  const nest = nestOverAxes(
    [size],
    walks.map((stride) => ({ offset: 0, strides: [stride] })),
  );
  const loops = compileLoops(nest, { reads: reads.length, writes: writes.length, statements, results });
  const rest = unless && prepare(unless.rest);
  return (values) => {
    const dataOf = (name: string) => (values.get(name) ?? state.get(name))?.data as Float32Array;
    if (rest && dataOf(reads[unless.read].name)[0] === 0) return rest(values);
    // Another loop may change a number that this one reads: it is read now.
    const operands = reads.map(({ name, single }) => (single ? dataOf(name).slice() : dataOf(name)));
    return () => loops([...operands, ...writes.map(dataOf)]);
  };
}

const updates = start.updates.map(prepare);

function replace(name: string, { data }: Pick<OrtTensor, "data">): void {
  (state.get(name)?.data as Float32Array | undefined)?.set(data as Float32Array);
}

async function run(inputs: Tensors): Promise<Tensors> {
  const given = new Map(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]));
  const feeds = new Map([...fed.map((name) => [name, state.get(name) as OrtTensor] as const), ...given]);
  const fetches = {
    ...Object.fromEntries(start.outputs.map((name) => [name, null])),
    ...Object.fromEntries(kept),
  };
  const results = new Map(Object.entries(await session.run(Object.fromEntries(feeds), fetches)));
  for (const name of kept.keys()) kept.set(name, results.get(name) ?? null);
  const values = new Map([...given, ...results]);
  for (const update of updates.map((prepared) => prepared(values))) update();
  for (const [name, next] of start.next) replace(name, results.get(next) as OrtTensor);
  return Object.fromEntries(start.outputs.map((name) => [name, fromOrt(results.get(name) as OrtTensor)]));
}

/** A copy: the state changes in place. */
function copyOf(name: string): Tensor {
  const tensor = state.get(name);
  if (!tensor) throw new Error(`The program has no state named ${name}.`);
  return { ...fromOrt(tensor), data: tensor.data.slice() } as Tensor;
}

function readState(names: readonly string[] | undefined): Map<string, Tensor> {
  return new Map((names ?? [...state.keys()]).map((name) => [name, copyOf(name)]));
}

function write(values: ReadonlyMap<string, Tensor>): void {
  for (const [name, tensor] of values) {
    const old = state.get(name);
    if (!old) throw new Error(`The program has no state named ${name}.`);
    if (old.dims.join() !== tensor.shape.join()) {
      throw new Error(`State ${name} has shape [${old.dims}], not [${tensor.shape}].`);
    }
  }
  for (const [name, tensor] of values) replace(name, toOrt(tensor));
}

const close = () => session.release();
serve({ run, read: readState, write, close }, { ownsResults: true });
