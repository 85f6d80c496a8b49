// Worker: a process that runs steps of one row of the benchmark when it is told to, ours or PyTorch's.
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";

export interface Steps {
  /** Of each step. */
  seconds: number[];
  /** The most memory that the process has had since it began. */
  peakBytes: number;
}

/**
 * JSON lines: the process says `{ "ready": versions, "items": pictures in a step }`, then answers each `{ "steps": n }` with `Steps`,
 * until its standard input ends.
 */
export class Worker {
  private errors = "";
  private readonly closed: Promise<void>;

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
    /** What it says of itself. */
    readonly versions = "",
    /** Pictures in a step. */
    readonly items = 1,
  ) {
    child.stderr.on("data", (text) => {
      this.errors += text;
    });
    // A process that has ended takes no more words; what it said at its end tells why.
    child.stdin.on("error", () => undefined);
    this.closed = new Promise((resolve) => child.on("close", () => resolve()));
  }

  /** Waits until the process is ready. */
  static async start(child: ChildProcessWithoutNullStreams): Promise<Worker> {
    const failed = new Promise<never>((_, reject) => child.on("error", reject));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const starting = new Worker(child, lines);
    const { ready, items } = await Promise.race([
      starting.answer<{ ready: string; items: number }>(),
      failed,
    ]);
    return new Worker(child, lines, ready, items);
  }

  async run(steps: number): Promise<Steps> {
    this.child.stdin.write(`${JSON.stringify({ steps })}\n`);
    return this.answer<Steps>();
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    await this.closed;
  }

  private async answer<T>(): Promise<T> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`its process ended early: ${this.lastWords()}`);
    return JSON.parse(value) as T;
  }

  /** What it wrote on standard error, but for where in its code that was. */
  private lastWords(): string {
    const lines = this.errors.trim().split("\n");
    return (
      lines.findLast((line) => /^\w*(Error|Exception)\b/.test(line)) ?? (lines.at(-1) || "it said nothing.")
    );
  }
}
