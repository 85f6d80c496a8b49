// The engine on ONNX Runtime's CPU kernels: it runs wherever the package onnxruntime-node installs.
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { type Transferable, Worker } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import type { Graph, ValueInfo } from "../../graph/graph.js";
import { writeOnnx } from "../../graph/onnx.js";
import { inferShapes } from "../../graph/shapes.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Engine, EngineOptions, Program, Tensors } from "../engine.js";
import { lower } from "./lower/lower.js";
import type { Answer, Numbered, Request, Start } from "./messages.js";

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };

/** How ONNX Runtime words an operator that it doesn't have. */
const UNKNOWN_OPERATOR =
  /No Op registered for|is not a registered function\/op|Could not find an implementation/;

/** @throws UserError for bf16, which ONNX Runtime's CPU kernels do not compute in */
export function ortEngine(options: EngineOptions = {}): Engine {
  if (options.precision === "bf16") {
    throw new UserError("ONNX Runtime computes in float32 on a CPU: use --precision fp32 (or auto).");
  }
  const threads = options.threads ?? availableParallelism();
  return {
    name: "ort",
    description: `ONNX Runtime ${version}, float32, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    compile: (graph) => OrtProgram.start(prepare(graph, threads)),
  };
}

/** State becomes inputs and outputs of the model, so that ONNX Runtime takes none of it for constant. */
function prepare(graph: Graph, threads: number): Start {
  const lowered = lower(graph).clone();
  const state = new Map<string, Tensor>();
  // A state that nothing replaces twice is all that ONNX Runtime can return: outputs need names of their own.
  if (graph.state.size > 0) {
    const shapes = inferShapes(graph);
    const listed = new Set(lowered.outputs.map((output) => output.name));
    for (const [name, next] of graph.state) {
      const value = lowered.initializers.get(name);
      if (!value) throw new TypeError(`State ${name} is no initializer of the graph.`);
      state.set(name, value);
      lowered.initializers.delete(name);
      lowered.inputs.push({ name, type: value.type, shape: value.shape });
      const info: ValueInfo = { ...(shapes.get(next) ?? value), name: next };
      if (!listed.has(next)) lowered.outputs.push(info);
      listed.add(next);
    }
  }
  return {
    model: writeOnnx(lowered),
    threads,
    outputs: graph.outputs.map((output) => output.name),
    next: graph.state,
    state,
  };
}

interface Waiting {
  resolve(value: Tensors | ReadonlyMap<string, Tensor> | undefined): void;
  reject(error: Error): void;
}

class OrtProgram implements Program {
  private readonly waiting = new Map<number, Waiting>();
  private requests = 0;
  private failure: Error | undefined;
  private closed: Promise<void> | undefined;

  private constructor(private readonly worker: Worker) {
    worker.on("message", (answer: Answer) => this.settle(answer));
    worker.on("error", (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => this.fail(new Error("The program is closed.")));
  }

  static async start(start: Start): Promise<OrtProgram> {
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      workerData: start,
      transferList: [start.model.buffer as Transferable],
    });
    const program = new OrtProgram(worker);
    try {
      await program.answered(0);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!UNKNOWN_OPERATOR.test(message)) throw error;
      throw new UserError(`ONNX Runtime cannot run an operator of this network: ${message}`);
    }
    return program;
  }

  async run(inputs: Tensors): Promise<Tensors> {
    return (await this.ask({ kind: "run", inputs })) as Tensors;
  }

  async readState(names?: readonly string[]): Promise<Map<string, Tensor>> {
    return (await this.ask({ kind: "read", names })) as Map<string, Tensor>;
  }

  async writeState(state: ReadonlyMap<string, Tensor>): Promise<void> {
    await this.ask({ kind: "write", state });
  }

  close(): Promise<void> {
    this.closed ??= this.failure ? Promise.resolve() : this.ask({ kind: "close" }).then(() => undefined);
    return this.closed;
  }

  private ask(request: Request): Promise<Tensors | ReadonlyMap<string, Tensor> | undefined> {
    if (this.failure) return Promise.reject(this.failure);
    const id = ++this.requests;
    const answered = this.answered(id);
    this.worker.postMessage({ id, request } satisfies Numbered);
    return answered;
  }

  /** The worker keeps the process alive only while something is asked of it. */
  private answered(id: number): Promise<Tensors | ReadonlyMap<string, Tensor> | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.ref();
    });
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (this.waiting.size === 0) this.worker.unref();
    if ("error" in answer) waiting?.reject(new Error(`ONNX Runtime: ${answer.error}`));
    else waiting?.resolve(answer.result);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}
