// computeFeatures: runs the trunk over what of a set is not kept yet.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { inTurns } from "../../../base/limited-concurrency.js";
import type { Dataset } from "../../../data/dataset/dataset.js";
import { fileHash } from "../../../data/files/file-hash.js";
import type { Engine, Program } from "../../../engines/engine.js";
import type { PictureBatches } from "../batches.js";
import type { TrunkPlan } from "../trunk.js";
import { type Chunk, type ChunkPicture, inMemory, readChunk, writeChunk } from "./chunk.js";
import { Features } from "./features.js";
import { perPicture, Rows } from "./rows.js";

/** As much as is lost if the process dies, at most: pictures, and bytes. */
const CHUNK = { pictures: 256, bytes: 64 * 2 ** 20 };

export interface FeatureOptions {
  readonly engine: Engine;
  /** Pictures in one of the batches. */
  readonly batch: number;
  /** Which views are wanted, of how many; from 1. */
  readonly views: readonly number[];
  readonly of: number;
  /** Of a view: see featuresKey. */
  key(view: number): string;
  /** Where they are kept on the disk; undefined: in memory alone. */
  readonly folder: string | undefined;
  /** How many bytes may stay in memory; without a folder all do. */
  readonly memory: number;
  /** Before something is computed and after each batch of it: the pictures of all views that are there. */
  onProgress(done: number, total: number): void;
  /** A picture that could not be read, now or when its chunk was written; once a view. */
  onMissing(picture: number, reason: string): void;
  readonly signal: AbortSignal | undefined;
}

/**
 * @param batches of the whole network's pictures, not shuffled; the epoch's number is the view's
 * @returns undefined if the signal ended it; the chunks that were whole by then stay on the disk
 */
export async function computeFeatures(
  plan: TrunkPlan,
  set: Dataset,
  batches: PictureBatches,
  options: FeatureOptions,
): Promise<Features | undefined> {
  const maker = new Maker(plan, set, batches, options);
  try {
    return await maker.make();
  } catch (error) {
    await maker.drop();
    throw error;
  } finally {
    await maker.close();
  }
}

class Maker {
  private readonly rows: Rows;
  /** Pictures in a chunk: whole batches, so that a chunk that is computed anew comes from the same ones. */
  private readonly size: number;
  private readonly views = new Map<number, Chunk[]>();
  private readonly hashes = new Map<number, Promise<(string | null)[]>>();
  private readonly keys = new Map<number, string>();
  private program: Program | undefined;
  private held = 0;
  private done = 0;

  constructor(
    private readonly plan: TrunkPlan,
    private readonly set: Dataset,
    private readonly batches: PictureBatches,
    private readonly options: FeatureOptions,
  ) {
    this.rows = new Rows(plan.trunk.outputs);
    const { batch } = options;
    const pictures = Math.min(CHUNK.pictures, CHUNK.bytes / this.rows.bytes);
    this.size = batch * Math.max(1, Math.floor(pictures / batch));
  }

  async make(): Promise<Features | undefined> {
    const { views, of } = this.options;
    for (const view of views) {
      const chunks = await this.readView(view);
      for (let index = 0; index < chunks.length; index++) {
        if (chunks[index] !== undefined) continue;
        let end = index;
        while (end < chunks.length && chunks[end] === undefined) end++;
        if (await this.compute(view, chunks, index, end)) continue;
        await this.drop();
        return undefined;
      }
      for (const [index, chunk] of chunks.entries()) {
        chunk.pictures.forEach(({ missing }, i) => {
          if (missing !== null) this.options.onMissing(index * this.size + i, missing);
        });
      }
    }
    return new Features(this.plan.trunk.outputs, this.views, of, this.size);
  }

  /** Closes what has been opened. */
  async drop(): Promise<void> {
    for (const chunk of [...this.views.values()].flat()) await chunk?.close();
  }

  async close(): Promise<void> {
    await this.program?.close();
  }

  /** The chunks of a view, as far as the disk has them. */
  private async readView(view: number): Promise<Chunk[]> {
    const chunks: Chunk[] = new Array(Math.ceil(this.set.pictures.length / this.size));
    this.views.set(view, chunks);
    const { folder } = this.options;
    if (folder === undefined) return chunks;
    await mkdir(this.folderOf(folder, view), { recursive: true });
    for (let index = 0; index < chunks.length; index++) {
      const held = this.hold(index);
      const found = await this.read(view, index, held);
      if (found === undefined) {
        if (held) this.release(index);
        continue;
      }
      chunks[index] = found;
      this.done += found.pictures.length;
    }
    return chunks;
  }

  /** Computes the chunks from `first` to before `end`; false if the signal has ended it. */
  private async compute(view: number, chunks: Chunk[], first: number, end: number): Promise<boolean> {
    const { signal, engine, batch, onProgress, views } = this.options;
    const { outputs } = this.plan.trunk;
    this.program ??= await engine.compile(this.plan.trunk);
    const total = views.length * this.set.pictures.length;
    const steps = this.size / batch;
    onProgress(this.done, total);
    let filled = new Filled(this.picturesIn(first), this.rows.bytes);
    let current = first;
    // A chunk goes to the disk while the next one is computed.
    let writing: Promise<void> = Promise.resolve();
    const finish = async () => {
      await writing;
      const [index, { present, data }] = [current, filled];
      writing = this.keep(view, index, present, data).then((chunk) => {
        chunks[index] = chunk;
      });
      writing.catch(() => undefined);
      this.done += present.length;
      current++;
      if (current < end) filled = new Filled(this.picturesIn(current), this.rows.bytes);
    };
    try {
      for await (const { step, inputs, pictures, images } of this.batches.epoch(view, first * steps)) {
        if (signal?.aborted) return false;
        while (current < end && step >= (current + 1) * steps) await finish();
        if (current === end) break;
        const results = await this.program.run(inputs);
        for (let i = 0; i < images; i++) {
          const parts = outputs.map((value) => {
            const size = perPicture(value);
            return (results[value.name].data as Float32Array).subarray(i * size, (i + 1) * size);
          });
          const place = pictures[i] - current * this.size;
          filled.present[place] = true;
          this.rows.write(filled.data, place * this.rows.bytes, parts);
        }
        onProgress(this.done + pictures[images - 1] + 1 - current * this.size, total);
      }
      while (current < end) await finish();
    } finally {
      await writing;
    }
    return true;
  }

  /** Where the chunk's rows belong. */
  private async keep(view: number, index: number, present: readonly boolean[], data: Uint8Array) {
    const sha256 = this.options.folder === undefined ? undefined : await this.hash(index);
    const pictures = present.map((there, i): ChunkPicture => {
      const why = this.batches.reasonFor(index * this.size + i) ?? "it could not be read.";
      return { sha256: sha256?.[i] ?? null, missing: there ? null : why };
    });
    const { folder } = this.options;
    if (folder === undefined) return inMemory(pictures, data);
    await writeChunk(this.pathOf(folder, view, index), this.key(view), pictures, data);
    if (this.hold(index)) return inMemory(pictures, data);
    const written = await this.read(view, index, false);
    if (written === undefined) throw new Error(`A file in ${folder} is not as it was written.`);
    return written;
  }

  private async read(view: number, index: number, whole: boolean): Promise<Chunk | undefined> {
    const { folder } = this.options;
    if (folder === undefined) return undefined;
    const path = this.pathOf(folder, view, index);
    return readChunk(path, this.key(view), this.rows.bytes, () => this.hash(index), { whole });
  }

  /** Whether the chunk may stay in memory, which it then does. */
  private hold(index: number): boolean {
    const bytes = this.picturesIn(index) * this.rows.bytes;
    if (this.held + bytes > this.options.memory) return false;
    this.held += bytes;
    return true;
  }

  /** Takes back what `hold` has counted. */
  private release(index: number): void {
    this.held -= this.picturesIn(index) * this.rows.bytes;
  }

  private hash(index: number): Promise<(string | null)[]> {
    const known = this.hashes.get(index);
    if (known) return known;
    const pictures = this.set.pictures.slice(index * this.size, (index + 1) * this.size);
    const found = inTurns(pictures, ({ path }) => fileHash(path).catch(() => null));
    this.hashes.set(index, found);
    return found;
  }

  /** All weights go into it: it is computed once a view. */
  private key(view: number): string {
    const key = this.keys.get(view) ?? this.options.key(view);
    this.keys.set(view, key);
    return key;
  }

  private picturesIn(index: number): number {
    return Math.min(this.size, this.set.pictures.length - index * this.size);
  }

  private folderOf(folder: string, view: number): string {
    return join(folder, this.key(view).slice(0, 16));
  }

  private pathOf(folder: string, view: number, index: number): string {
    return join(this.folderOf(folder, view), `${index}.features`);
  }
}

/** The rows of a chunk as they come. */
class Filled {
  readonly present: boolean[];
  readonly data: Uint8Array;

  constructor(pictures: number, bytes: number) {
    this.present = new Array(pictures).fill(false);
    this.data = new Uint8Array(pictures * bytes);
  }
}
