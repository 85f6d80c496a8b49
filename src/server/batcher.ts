// Batcher: puts things that come one by one into batches, which run one after the other.

export interface BatcherOptions<In, Out> {
  /** The most in a batch. */
  readonly size: number;
  /** Milliseconds that the first of a batch waits for others, while nothing runs. */
  readonly wait: number;
  /** Answers a batch, in its order. Where it fails, all of the batch fail, and no other. */
  run(batch: readonly In[]): Promise<readonly Out[]>;
}

interface Waiting<In, Out> {
  readonly item: In;
  readonly signal: AbortSignal;
  /** When it came, by `performance.now()`. */
  readonly since: number;
  resolve(answer: Out): void;
  reject(error: unknown): void;
}

/**
 * A batch starts when it is full, or when its first has waited long enough; not before the one before it has
 * ended. So it grows by itself as much as there is to do.
 */
export class Batcher<In, Out> {
  private readonly waiting: Waiting<In, Out>[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running = false;

  constructor(private readonly options: BatcherOptions<In, Out>) {}

  /** Rejects with the signal's reason if the signal aborts before its batch has begun. */
  add(item: In, signal: AbortSignal): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, signal, since: performance.now(), resolve, reject });
      this.consider();
    });
  }

  /** Starts a batch if it is time, or comes back when it will be. */
  private consider(): void {
    if (this.running || this.waiting.length === 0) return;
    const { size, wait } = this.options;
    const left = this.waiting[0].since + wait - performance.now();
    if (this.waiting.length >= size || left <= 0) {
      void this.start();
    } else {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.consider();
      }, left);
    }
  }

  private async start(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.take();
    this.running = true;
    try {
      const answers = batch.length > 0 ? await this.options.run(batch.map(({ item }) => item)) : [];
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.running = false;
    this.consider();
  }

  /** The first ones that are still wanted. */
  private take(): Waiting<In, Out>[] {
    const batch: Waiting<In, Out>[] = [];
    while (batch.length < this.options.size) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      if (next.signal.aborted) next.reject(next.signal.reason);
      else batch.push(next);
    }
    return batch;
  }
}
