// WorkerSession: a session in a worker thread.
import { Worker } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Program, RunOptions, Session, Tensors } from "../engine.js";
import type { Answer, Numbered, Request, Result } from "./messages.js";

interface Waiting {
  resolve(value: Result): void;
  reject(error: Error): void;
}

export class WorkerSession implements Session {
  private readonly waiting = new Map<number, Waiting>();
  private requests = 0;
  private failure: Error | undefined;
  private closed: Promise<void> | undefined;
  /** Values that the worker has. */
  private readonly known = new Set<string>();

  private constructor(
    private readonly worker: Worker,
    private readonly engine: string,
  ) {
    worker.on("message", (answer: Answer) => this.settle(answer));
    worker.on("error", (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => this.fail(new Error("The session is closed.")));
  }

  /**
   * Starts the worker and waits until it is ready.
   * @param module of the worker; it calls `serve`
   * @param start its `workerData`
   * @param engine as errors call it
   */
  static async start(module: URL, start: object, engine: string): Promise<WorkerSession> {
    const worker = new Worker(module, { workerData: start });
    const session = new WorkerSession(worker, engine);
    await session.answered(0);
    return session;
  }

  async compile({ name, inputs, outputs, initializers: all, nodes, state }: Graph): Promise<Program> {
    const initializers = new Map(all);
    for (const value of state.keys()) {
      const tensor = all.get(value);
      // The worker wants no more of it than type and shape.
      if (tensor && this.known.has(value))
        initializers.set(value, { ...tensor, data: tensor.data.slice(0, 0) } as Tensor);
    }
    const graph = { name, inputs, outputs, initializers, nodes, state };
    const program = (await this.ask({ kind: "compile", graph })) as number;
    for (const value of state.keys()) this.known.add(value);
    let closed: Promise<void> | undefined;
    return {
      run: async (inputs: Tensors, { fetch }: RunOptions = {}) =>
        (await this.ask({ kind: "run", program, inputs, fetch })) as Tensors,
      close: () => {
        closed ??= this.finish({ kind: "close", program });
        return closed;
      },
    };
  }

  async read(names?: readonly string[]): Promise<Map<string, Tensor>> {
    return (await this.ask({ kind: "read", names })) as Map<string, Tensor>;
  }

  async write(values: ReadonlyMap<string, Tensor>): Promise<void> {
    await this.ask({ kind: "write", values });
  }

  close(): Promise<void> {
    this.closed ??= this.finish({ kind: "close" });
    return this.closed;
  }

  private async finish(request: Request): Promise<void> {
    if (!this.failure) await this.ask(request);
  }

  private ask(request: Request): Promise<Result> {
    if (this.failure) return Promise.reject(this.failure);
    const id = ++this.requests;
    const answered = this.answered(id);
    this.worker.postMessage({ id, request } satisfies Numbered);
    return answered;
  }

  /** The worker keeps the process alive only while something is asked of it. */
  private answered(id: number): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.ref();
    });
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (this.waiting.size === 0) this.worker.unref();
    if (!("error" in answer)) waiting?.resolve(answer.result);
    else if (answer.isUsers) waiting?.reject(new UserError(answer.error));
    else waiting?.reject(new Error(`${this.engine}: ${answer.error}`));
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}
