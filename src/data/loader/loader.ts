// Loader: the batches of an epoch, decoded ahead on other threads, in an order that the seed fixes.
import { availableParallelism } from "node:os";
import { UserError } from "../../base/errors.js";
import { Pool } from "../../base/thread-pool.js";
import type { Picture } from "../dataset/dataset.js";
import type { Transform } from "../transform/crop-plan.js";
import { sizeOf } from "../transform/crop-plan.js";
import type { KeptPicture } from "./decoded-cache.js";
import type { PictureAnswer, PictureJob } from "./loader-worker.js";
import { type Sampler, sequential, shuffled } from "./sampler.js";

/** How a loader makes batches of pictures. */
export interface LoaderOptions {
  /** Pictures in a batch; the last one of an epoch may hold fewer. */
  batch: number;
  transform: Transform;
  seed: number;
  /** Whether each epoch has an order of its own; else it is the data set's. */
  shuffle: boolean;
  /** Which pictures an epoch takes, in place of each once. */
  sampler?: Sampler;
  /** Threads that decode; default: the machine's cores, at most 4. */
  threads?: number;
  /** Batches that are prepared before they are asked for; default 2. */
  ahead?: number;
  /** How many bytes of decoded small pictures may stay in memory for later epochs; default 0. */
  keep?: number;
}

/** Decoded pictures. */
export interface Batch {
  /** Its place in the epoch, from 0. */
  readonly index: number;
  /** RGB, uint8 [count, size, size, 3]. */
  readonly images: Uint8Array;
  /** Which pictures they are, as indices into the loader's. */
  readonly pictures: Uint32Array;
  /** Without the pictures that cannot be decoded; never 0. */
  readonly count: number;
}

/** A picture that could not be read, and why: a sentence. */
export interface Skipped {
  readonly picture: Picture;
  readonly reason: string;
}

/** The part of a data set that may be broken before the run stops. */
export const TOLERATED = 0.05;
const shownSkipped = 20;

/**
 * Turns pictures into batches. The same pictures, options and epoch give the same batches, whatever the
 * number of threads and whatever is kept. It holds `ahead` + 1 batches, in each thread one decoded picture, and what
 * it keeps.
 */
export class Loader {
  private readonly pool: Pool<PictureJob, PictureAnswer>;
  private readonly broken = new Map<number, Skipped>();
  private readonly kept = new Map<number, KeptPicture>();
  /** Bytes that may still be kept. */
  private room: number;
  private readonly sampler: Sampler;

  constructor(
    private readonly pictures: readonly Picture[],
    private readonly options: LoaderOptions,
  ) {
    const { shuffle, seed } = options;
    this.sampler =
      options.sampler ?? (shuffle ? shuffled(pictures.length, seed) : sequential(pictures.length));
    const threads = options.threads ?? Math.min(4, availableParallelism());
    this.room = options.keep ?? 0;
    this.pool = new Pool(new URL("./loader-worker.js", import.meta.url), threads);
  }

  /** Batches in an epoch. */
  get batches(): number {
    return Math.ceil(this.pictures.length / this.options.batch);
  }

  /** The pictures of the batches given out that could not be decoded, each once, in that order. */
  get skipped(): readonly Skipped[] {
    return [...this.broken.values()];
  }

  /** Why a picture of the batches given out could not be decoded. */
  reasonFor(picture: number): string | undefined {
    return this.broken.get(picture)?.reason;
  }

  /**
   * The batches of one epoch, from batch `from` on. A picture that cannot be decoded is missing from its
   * batch, and a batch of which nothing is left is left out. Leaving the loop early stops the work.
   *
   * @throws UserError when more than 5 % of all pictures cannot be decoded, with their list
   */
  async *epoch(epoch: number, { from = 0 }: { from?: number } = {}): AsyncGenerator<Batch> {
    const { batch, ahead = 2 } = this.options;
    const order = this.sampler(epoch);
    const repeats = repeatsIn(order);
    const stop = new AbortController();
    const pending: Promise<Answered>[] = [];
    let next = from;
    try {
      while (true) {
        for (; pending.length <= ahead && next < this.batches; next++) {
          const [start, end] = [next * batch, (next + 1) * batch];
          const jobs = { indices: order.subarray(start, end), repeats: repeats.subarray(start, end) };
          const answered = this.prepare(next, jobs, epoch, stop.signal);
          // Its failure is met when its turn comes; until then it must not count as unhandled.
          answered.catch(() => {});
          pending.push(answered);
        }
        const first = pending.shift();
        if (first === undefined) return;
        const found = this.assemble(await first);
        if (found.count > 0) yield found;
      }
    } finally {
      stop.abort();
      await Promise.allSettled(pending);
    }
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.pool.close();
  }

  private async prepare(
    index: number,
    { indices, repeats }: { indices: Uint32Array; repeats: Uint32Array },
    epoch: number,
    signal: AbortSignal,
  ): Promise<Answered> {
    const { seed, transform } = this.options;
    const answers = Array.from(indices, (picture, i): Promise<PictureAnswer> | PictureAnswer => {
      const known = this.broken.get(picture);
      if (known) return { reason: known.reason };
      const { path } = this.pictures[picture];
      // A picture that comes again in an epoch is another crop of it.
      const again = repeats[i] > 0 ? [repeats[i]] : [];
      const kept = this.kept.get(picture);
      const job: PictureJob = {
        ...{ path, kept, keep: this.room > 0, transform },
        stream: [seed, "augment", epoch, picture, ...again],
      };
      return this.pool.run(job, signal).then((answer) => this.keep(picture, answer));
    });
    return { index, indices, answers: await Promise.all(answers) };
  }

  /** Keeps what came back to be kept, as long as there is room. */
  private keep(picture: number, answer: PictureAnswer): PictureAnswer {
    const pixels = "kept" in answer ? answer.kept : undefined;
    if (pixels && !this.kept.has(picture) && pixels.data.length <= this.room) {
      this.kept.set(picture, pixels);
      this.room -= pixels.data.length;
    }
    return answer;
  }

  private assemble({ index, indices, answers }: Answered): Batch {
    const size = sizeOf(this.options.transform);
    const bytes = size * size * 3;
    const images = new Uint8Array(answers.length * bytes);
    const pictures = new Uint32Array(answers.length);
    let count = 0;
    for (const [i, answer] of answers.entries()) {
      if ("image" in answer) {
        images.set(answer.image, count * bytes);
        pictures[count++] = indices[i];
      } else {
        this.skip(indices[i], answer.reason);
      }
    }
    return { index, count, images: images.subarray(0, count * bytes), pictures: pictures.subarray(0, count) };
  }

  private skip(index: number, reason: string): void {
    if (this.broken.has(index)) return;
    this.broken.set(index, { picture: this.pictures[index], reason });
    const count = this.broken.size;
    if (count <= TOLERATED * this.pictures.length) return;
    const listed = this.skipped.slice(0, shownSkipped).map(describe);
    if (count > shownSkipped) listed.push(`and ${count - shownSkipped} more.`);
    throw new UserError(
      `${count} of the ${this.pictures.length} pictures cannot be read so far, which is more than 5 %; ` +
        "mend them, or remove their rows:",
      listed,
    );
  }
}

/** For each picture of an order, how often it came before. */
function repeatsIn(order: Uint32Array): Uint32Array {
  const seen = new Map<number, number>();
  return order.map((picture) => {
    const before = seen.get(picture) ?? 0;
    seen.set(picture, before + 1);
    return before;
  });
}

/** A batch whose pictures have come back from the threads. */
interface Answered {
  readonly index: number;
  readonly indices: Uint32Array;
  readonly answers: readonly PictureAnswer[];
}

/** A skipped picture, for a report. */
export function describe({ picture, reason }: Skipped): string {
  return `row ${picture.row}, ${picture.name}: ${reason}`;
}
