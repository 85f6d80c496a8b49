// OrtComputer: a session of ONNX Runtime with the state that it computes from, and the updates that follow a run.
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";
import type { Computer } from "../worker/serve.js";
import { InPlace } from "./in-place.js";
import type { InferenceSession, OrtRuntime, OrtTensor } from "./runtime.js";
import type { Start } from "./start.js";

function fromOrt(tensor: OrtTensor): Tensor {
  return { type: tensor.type, shape: tensor.dims, data: tensor.data } as Tensor;
}

/** Each with memory of its own: two states may begin as the same tensor. */
function ownTensors(tensors: ReadonlyMap<string, Tensor>): Tensor[] {
  const seen = new Set<unknown>();
  return [...tensors.values()].map((tensor) => {
    const own = seen.has(tensor.data) ? ({ ...tensor, data: tensor.data.slice() } as Tensor) : tensor;
    seen.add(tensor.data);
    return own;
  });
}

export class OrtComputer implements Computer {
  private readonly state: Map<string, OrtTensor>;
  /** What a run computes for the state alone, in memory that the next run uses again. */
  private readonly kept = new Map<string, OrtTensor | null>();
  private readonly fed: readonly string[];
  private readonly updates: InPlace;

  private constructor(
    private readonly runtime: OrtRuntime,
    private readonly session: InferenceSession,
    private readonly start: Start,
  ) {
    const own = ownTensors(start.state);
    this.state = new Map([...start.state.keys()].map((name, i) => [name, this.toOrt(own[i])]));
    const read = new Set(start.updates.flatMap(({ reads }) => reads.map(({ name }) => name)));
    for (const name of [...start.next.values(), ...read]) {
      if (session.outputNames.includes(name) && !start.outputs.includes(name)) this.kept.set(name, null);
    }
    this.fed = session.inputNames.filter((name) => this.state.has(name));
    this.updates = new InPlace(runtime, start.updates, this.state, new Set(this.kept.keys()));
    // Where they were is free again: the thread's data would hold them.
    start.state.clear();
  }

  /** @param options of the session besides the engine's own */
  static async open(
    runtime: OrtRuntime,
    start: Start,
    options: InferenceSession.SessionOptions = {},
  ): Promise<OrtComputer> {
    const session = await runtime.InferenceSession.create(start.model, {
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
      ...options,
    });
    return new OrtComputer(runtime, session, start);
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const { outputs, next } = this.start;
    const given = new Map(Object.entries(inputs).map(([name, tensor]) => [name, this.toOrt(tensor)]));
    const fed = this.fed.map((name) => [name, this.state.get(name) as OrtTensor] as const);
    const fetches = {
      ...Object.fromEntries(outputs.map((name) => [name, null])),
      ...Object.fromEntries(this.kept),
    };
    const feeds = Object.fromEntries([...fed, ...given]);
    const results = new Map(Object.entries(await this.session.run(feeds, fetches)));
    for (const [name, known] of this.kept) {
      if (!known) this.kept.set(name, this.updates.placed(name, results.get(name) as OrtTensor));
    }
    this.updates.run(new Map([...given, ...results, ...(this.kept as Map<string, OrtTensor>)]));
    for (const [name, value] of next) this.replace(name, results.get(value) as OrtTensor);
    return Object.fromEntries(outputs.map((name) => [name, fromOrt(results.get(name) as OrtTensor)]));
  }

  read(names: readonly string[] | undefined): Map<string, Tensor> {
    return new Map((names ?? [...this.state.keys()]).map((name) => [name, this.copyOf(name)]));
  }

  write(values: ReadonlyMap<string, Tensor>): void {
    for (const [name, tensor] of values) {
      const { dims } = this.known(name);
      if (dims.join() !== tensor.shape.join()) {
        throw new Error(`State ${name} has shape [${dims}], not [${tensor.shape}].`);
      }
    }
    for (const [name, tensor] of values) this.replace(name, this.toOrt(tensor));
  }

  close(): Promise<void> {
    return this.session.release();
  }

  /** Writes the profile that the session was opened with. */
  endProfiling(): void {
    this.session.endProfiling();
  }

  /** The engine's tensor types have ONNX Runtime's names, and it takes the same arrays. */
  private toOrt({ type, data, shape }: Tensor): OrtTensor {
    return new this.runtime.Tensor(type as "float32", data as Float32Array, shape);
  }

  private replace(name: string, { data }: Pick<OrtTensor, "data">): void {
    (this.state.get(name)?.data as Float32Array | undefined)?.set(data as Float32Array);
  }

  private known(name: string): OrtTensor {
    const tensor = this.state.get(name);
    if (!tensor) throw new Error(`The program has no state named ${name}.`);
    return tensor;
  }

  /** A copy: the state changes in place. */
  private copyOf(name: string): Tensor {
    const tensor = this.known(name);
    return { ...fromOrt(tensor), data: tensor.data.slice() } as Tensor;
  }
}
