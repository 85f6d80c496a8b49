// Batches: what a graph is fed, from pictures or from what the trunk has made of them.
import { setImmediate } from "node:timers/promises";
import type { Dataset } from "../../data/dataset/dataset.js";
import type { Loader, Skipped } from "../../data/loader/loader.js";
import type { Sampler } from "../../data/loader/sampler.js";
import type { Tensors } from "../../engines/engine.js";
import { type Tensor, type TensorOf, tensor } from "../../graph/tensor.js";
import type { Features } from "./features/features.js";
import { refuseVanished } from "./missing-images.js";

export interface Batch {
  /** Its place in the epoch, from 0. */
  readonly step: number;
  /** Of the graph, by name. */
  readonly inputs: Tensors;
  /** float32 [images, labels]. */
  readonly targets: Tensor;
  /** How many pictures it holds: without those that cannot be read; never 0. */
  readonly images: number;
  /** Which pictures of the set they are. */
  readonly pictures: Uint32Array;
}

/** One set's batches. Equal arguments give equal batches, in the same order. */
export interface Batches {
  /** Pictures in the set, readable or not. */
  readonly pictures: number;
  /** Batches in an epoch; those of which no picture can be read are left out. */
  readonly steps: number;
  /** The batches of an epoch (from 1), beginning with the batch `from` (from 0). */
  epoch(epoch: number, from?: number): AsyncIterable<Batch>;
}

/** The targets of some pictures of a data set, as a loader's batch names them: [pictures, labels]. */
export function targetsOf({ labels, targets }: Dataset, pictures: Uint32Array): TensorOf<"float32"> {
  const columns = labels.length;
  const data = new Float32Array(pictures.length * columns);
  pictures.forEach((picture, i) => {
    data.set(targets.subarray(picture * columns, (picture + 1) * columns), i * columns);
  });
  return tensor("float32", [pictures.length, columns], data);
}

/** The pictures themselves, as a loader decodes them. */
export class PictureBatches implements Batches {
  private told = 0;

  /** @param onSkipped is told each picture that cannot be read, once */
  constructor(
    private readonly set: Dataset,
    private readonly loader: Loader,
    private readonly size: number,
    private readonly onSkipped: (skipped: Skipped) => void,
  ) {}

  get pictures(): number {
    return this.set.pictures.length;
  }

  get steps(): number {
    return this.loader.batches;
  }

  /** Why a picture of the batches given out is missing. */
  reasonFor(picture: number): string | undefined {
    return this.loader.reasonFor(picture);
  }

  async *epoch(epoch: number, from = 0): AsyncGenerator<Batch> {
    for await (const { index, images, count, pictures } of this.loader.epoch(epoch, { from })) {
      this.tell();
      yield {
        step: index,
        inputs: { image: tensor("uint8", [count, this.size, this.size, 3], images) },
        targets: targetsOf(this.set, pictures),
        images: count,
        pictures,
      };
    }
    this.tell();
  }

  private tell(): void {
    for (const skipped of this.loader.skipped.slice(this.told)) {
      this.onSkipped(skipped);
      this.told++;
    }
  }
}

/** What the frozen trunk has made of the pictures, in the same batches as the pictures would come. */
export class FeatureBatches implements Batches {
  /** @param options the loader's: whether the trunk's output is kept must not change what is learned */
  constructor(
    private readonly set: Dataset,
    private readonly features: Features,
    private readonly options: { batch: number; sampler: Sampler },
  ) {}

  get pictures(): number {
    return this.set.pictures.length;
  }

  get steps(): number {
    return Math.ceil(this.pictures / this.options.batch);
  }

  async *epoch(epoch: number, from = 0): AsyncGenerator<Batch> {
    const { batch, sampler } = this.options;
    await refuseVanished(this.set);
    const order = sampler(epoch);
    const prepare = async (step: number): Promise<Batch> => {
      const pictures = order
        .subarray(step * batch, (step + 1) * batch)
        .filter((picture) => this.features.has(picture, epoch));
      const inputs = pictures.length === 0 ? {} : await this.features.inputs(pictures, epoch);
      return { step, inputs, targets: targetsOf(this.set, pictures), images: pictures.length, pictures };
    };
    let next = from < this.steps ? prepare(from) : undefined;
    for (let step = from + 1; next !== undefined; step++) {
      const ready: Batch = await next;
      // The next batch is made while the engine, on threads of its own, computes this one.
      next = step < this.steps ? setImmediate(step).then(prepare) : undefined;
      // Its failure is met when its turn comes.
      next?.catch(() => undefined);
      if (ready.images > 0) yield ready;
    }
  }
}
