// Tagger: tags pictures of many requests, decoded on other threads and computed in batches.
import { availableParallelism } from "node:os";
import { Pool } from "../base/thread-pool.js";
import type { Prediction, Tagged } from "../bundle/prediction.js";
import type { Predictor } from "../bundle/predictor.js";
import { Batcher } from "./batcher.js";
import type { DecodeAnswer, DecodeJob } from "./decode-worker.js";
import { limitDecoders } from "./decoders.js";

export interface TaggerOptions {
  /** Milliseconds that a picture waits for others to be computed with. */
  readonly wait: number;
  /** The most that a picture may have. */
  readonly maxPixels: number;
  /** Told of each batch that was computed. */
  onBatch?(pictures: number, seconds: number): void;
}

/** How much the newest batch counts in `pace`. */
const NEWEST = 0.2;

export class Tagger {
  private readonly pool: Pool<DecodeJob, DecodeAnswer>;
  private readonly batcher: Batcher<Uint8Array, Tagged>;
  /** Seconds that a picture took lately in a batch; 0 before the first. */
  pace = 0;
  /** Why the last batch failed, or the threads; undefined while all is well. */
  failure: unknown;

  constructor(
    private readonly predictor: Predictor,
    private readonly options: TaggerOptions,
  ) {
    limitDecoders();
    const threads = Math.min(4, availableParallelism());
    this.pool = new Pool(new URL("./decode-worker.js", import.meta.url), threads);
    const { wait } = options;
    this.batcher = new Batcher({ size: predictor.batch, wait, run: (images) => this.compute(images) });
  }

  /**
   * Tags a picture, a file's content; what is wrong with the picture itself is its `error`.
   * Rejects with the signal's reason as soon as the signal aborts.
   */
  tag(bytes: Uint8Array, signal: AbortSignal): Promise<Prediction> {
    const tagged = this.decodeAndTag(bytes, signal);
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      tagged.then(resolve, reject);
    });
  }

  /** Ends the decoding threads when they are done with what has begun; the predictor stays open. */
  close(): Promise<void> {
    return this.pool.close();
  }

  private async decodeAndTag(bytes: Uint8Array, signal: AbortSignal): Promise<Prediction> {
    const { maxPixels } = this.options;
    const answer = await this.pool
      .run({ bytes, transform: this.predictor.transform, maxPixels }, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.failure = error;
        throw error;
      });
    if ("image" in answer) return this.batcher.add(answer.image, signal);
    if ("fault" in answer) throw new Error(`A picture could not be decoded: ${answer.fault}`);
    return { error: answer.reason[0].toUpperCase() + answer.reason.slice(1) };
  }

  private async compute(images: readonly Uint8Array[]): Promise<Tagged[]> {
    const start = performance.now();
    try {
      const tagged = await this.predictor.tagPrepared(images);
      const seconds = (performance.now() - start) / 1000;
      const pace = seconds / images.length;
      this.pace = this.pace === 0 ? pace : (1 - NEWEST) * this.pace + NEWEST * pace;
      this.options.onBatch?.(images.length, seconds);
      this.failure = undefined;
      return tagged;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
