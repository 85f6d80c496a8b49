// WorkerProgram: a program that is computed in a worker thread.
import { type Transferable, Worker } from "node:worker_threads";
import type { Tensor } from "../../graph/tensor.js";
import type { Program, Tensors } from "../engine.js";
import type { Answer, Numbered, Request, Result } from "./messages.js";

interface Waiting {
  resolve(value: Result): void;
  reject(error: Error): void;
}

export class WorkerProgram implements Program {
  private readonly waiting = new Map<number, Waiting>();
  private requests = 0;
  private failure: Error | undefined;
  private closed: Promise<void> | undefined;

  private constructor(
    private readonly worker: Worker,
    private readonly engine: string,
  ) {
    worker.on("message", (answer: Answer) => this.settle(answer));
    worker.on("error", (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => this.fail(new Error("The program is closed.")));
  }

  /**
   * Starts the worker and waits until it is ready.
   * @param module of the worker; it calls `serve`
   * @param start its `workerData`
   * @param engine as errors call it
   */
  static async start(
    module: URL,
    start: object,
    engine: string,
    transferred: readonly Transferable[] = [],
  ): Promise<WorkerProgram> {
    const worker = new Worker(module, { workerData: start, transferList: [...transferred] });
    const program = new WorkerProgram(worker, engine);
    await program.answered(0);
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
    if ("error" in answer) waiting?.reject(new Error(`${this.engine}: ${answer.error}`));
    else waiting?.resolve(answer.result);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}
