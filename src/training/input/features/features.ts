// Features: what the frozen trunk gave for each picture of a set, ready to be fed to the rest of the network.
import type { Tensors } from "../../../engines/engine.js";
import type { ValueInfo } from "../../../graph/graph.js";
import { float32 } from "../../../graph/tensor.js";
import type { Chunk } from "./chunk.js";
import { perPicture, Rows } from "./rows.js";

/** The chunks of a set in one view, in order. Each holds as many pictures, save the last. */
export type View = readonly Chunk[];

export class Features {
  private readonly rows: Rows;

  /**
   * @param values the trunk's outputs
   * @param views by their numbers, from 1
   * @param of how many views there are; the epochs take them in turn, and not each need be here
   * @param size pictures in a chunk
   */
  constructor(
    private readonly values: readonly ValueInfo[],
    private readonly views: ReadonlyMap<number, View>,
    private readonly of: number,
    private readonly size: number,
  ) {
    this.rows = new Rows(values);
  }

  /** Whether the picture could be read. */
  has(picture: number, epoch: number): boolean {
    const [chunk, index] = this.find(picture, epoch);
    return chunk.pictures[index].missing === null;
  }

  /** What the rest of the network takes for these pictures in an epoch. */
  async inputs(pictures: Uint32Array, epoch: number): Promise<Tensors> {
    const rows = Array.from(pictures, (picture) => {
      const [chunk, index] = this.find(picture, epoch);
      return chunk.row(index);
    });
    const tensors = this.values.map(({ shape }) => {
      const dimensions = [pictures.length, ...shape.slice(1).map(Number)];
      return float32(dimensions, new Float32Array(dimensions.reduce((a, b) => a * b)));
    });
    const sizes = this.values.map(perPicture);
    for (const [i, row] of rows.entries()) {
      const parts = tensors.map(({ data }, value) => data.subarray(i * sizes[value], (i + 1) * sizes[value]));
      this.rows.read(await row, parts);
    }
    return Object.fromEntries(this.values.map(({ name }, i) => [name, tensors[i]]));
  }

  async close(): Promise<void> {
    for (const chunk of [...this.views.values()].flat()) await chunk.close();
  }

  private find(picture: number, epoch: number): [Chunk, number] {
    const view = this.views.get(viewOf(epoch, this.of));
    if (view === undefined) throw new Error(`Epoch ${epoch} has no view.`);
    return [view[Math.floor(picture / this.size)], picture % this.size];
  }
}

/** The view, from 1, that an epoch takes: they come in turn. */
export function viewOf(epoch: number, views: number): number {
  return ((epoch - 1) % views) + 1;
}
