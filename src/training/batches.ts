// Batches: what a graph is fed, from pictures or from what the trunk has made of them.
import type { Dataset } from "../data/dataset.js";
import type { Loader } from "../data/loader.js";
import type { Sampler } from "../data/sampler.js";
import type { Tensors } from "../engines/engine.js";
import { type Tensor, type TensorOf, tensor } from "../graph/tensor.js";
import type { SkippedEvent } from "./events.js";
import type { Features } from "./trunk.js";

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
    private readonly onSkipped: (skipped: Pick<SkippedEvent, "picture" | "row" | "reason">) => void,
  ) {}

  get pictures(): number {
    return this.set.pictures.length;
  }

  get steps(): number {
    return this.loader.batches;
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
    for (const { picture, reason } of this.loader.skipped.slice(this.told)) {
      this.onSkipped({ picture: picture.name, row: picture.row, reason });
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
    const order = sampler(epoch);
    for (let step = from; step < this.steps; step++) {
      const pictures = order
        .subarray(step * batch, (step + 1) * batch)
        .filter((picture) => this.features.has(picture));
      if (pictures.length === 0) continue;
      const inputs = this.features.inputs(pictures);
      yield { step, inputs, targets: targetsOf(this.set, pictures), images: pictures.length, pictures };
    }
  }
}
