// Pool: a few threads that do jobs, first come, first served.
import { Worker } from "node:worker_threads";

interface Job {
  readonly message: unknown;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Sent and not answered, in order. */
  readonly jobs: Job[];
  readonly ended: Promise<void>;
}

/** Jobs that a thread holds: one in work and one to go on with while our own thread is busy. */
const jobsEach = 2;

/**
 * Threads that run `script`, which answers each message it gets with one message, in order, and ends when it
 * gets null. They start with the first job, and do not keep the process alive while there is none. If one of
 * them dies, every job fails, now and later.
 */
export class Pool<Message, Answer> {
  private threads: Thread[] | undefined;
  private readonly queue: Job[] = [];
  private failure: Error | undefined;
  private closing = false;

  constructor(
    private readonly script: URL,
    private readonly size: number,
  ) {}

  /** Rejects with the signal's reason if the job has not begun when the signal aborts. */
  run(message: Message, signal?: AbortSignal): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.queue.push({ message, signal, resolve: (answer) => resolve(answer as Answer), reject });
      this.threads ??= Array.from({ length: this.size }, () => this.start());
      this.dispatch();
    });
  }

  /** Ends the threads when they are done with the jobs that have begun; the others fail. */
  async close(): Promise<void> {
    this.failure ??= new Error("The threads have been closed.");
    for (const { reject } of this.queue.splice(0)) reject(this.failure);
    this.closing = true;
    this.hold();
    // Asked to end, not terminated: a picture may be in the hands of native code.
    const threads = this.threads ?? [];
    for (const { worker } of threads) worker.postMessage(null);
    await Promise.all(threads.map(({ ended }) => ended));
  }

  private start(): Thread {
    // Not the process's own arguments: some of them (--input-type) are for its first script alone.
    const worker = new Worker(this.script, { execArgv: [] });
    const jobs: Job[] = [];
    worker.on("message", (answer) => {
      jobs.shift()?.resolve(answer);
      this.dispatch();
    });
    worker.on("error", (error) => this.fail(error));
    const ended = new Promise<void>((resolve) => {
      worker.on("exit", (code) => {
        this.fail(new Error(`A thread has ended before its work was done (exit code ${code}).`));
        resolve();
      });
    });
    return { worker, jobs, ended };
  }

  private dispatch(): void {
    this.dropUnwanted();
    const threads = this.threads ?? [];
    for (let held = 0; held < jobsEach; held++) {
      for (const { worker, jobs } of threads) {
        if (jobs.length > held) continue;
        const job = this.queue.shift();
        if (job === undefined) break;
        jobs.push(job);
        worker.postMessage(job.message);
      }
    }
    this.hold();
  }

  /** Keeps the process alive for as long as somebody waits for a thread. */
  private hold(): void {
    for (const { worker, jobs } of this.threads ?? []) {
      if (jobs.length > 0 || this.closing) worker.ref();
      else worker.unref();
    }
  }

  /** Those far back in the queue, too: they hold memory. */
  private dropUnwanted(): void {
    for (const job of this.queue.splice(0)) {
      if (job.signal?.aborted) job.reject(job.signal.reason);
      else this.queue.push(job);
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    const jobs = [
      ...(this.threads ?? []).flatMap((thread) => thread.jobs.splice(0)),
      ...this.queue.splice(0),
    ];
    for (const { reject } of jobs) reject(this.failure);
    this.hold();
  }
}
