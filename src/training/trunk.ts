// The frozen trunk, run once a picture: what it gives is kept, and training begins behind it.
import { totalmem } from "node:os";
import type { Engine, Tensors } from "../engines/engine.js";
import type { Graph, ValueInfo } from "../graph/graph.js";
import { type Halves, splitFrozen } from "../graph/passes/split.js";
import { float32, sizeOf } from "../graph/tensor.js";
import type { Batches } from "./batches.js";

export interface TrunkPlan extends Halves {
  /** What is kept of a picture, in bytes. */
  bytes: number;
}

const perPicture = ({ shape }: ValueInfo) => sizeOf(shape.slice(1).map(Number));

/** What makes a trunk worth keeping its output; the normalisation of the pictures alone does not. */
const costly = new Set(["Conv", "Gemm", "MatMul"]);

/** Where a network is split so that its frozen part runs only once; undefined where that is of no use. */
export function planTrunk(network: Graph, trainable: ReadonlySet<string>): TrunkPlan | undefined {
  const halves = splitFrozen(network, trainable);
  if (halves === undefined || !halves.trunk.nodes.some(({ op }) => costly.has(op))) return undefined;
  const bytes = halves.trunk.outputs.reduce((sum, value) => sum + 4 * perPicture(value), 0);
  return { ...halves, bytes };
}

/** How much may be kept in memory, in bytes: a third of what the machine, or its container, has. */
export function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return Math.min(totalmem(), constrained > 0 ? constrained : Infinity) / 3;
}

/** What the trunk gave for each picture of a set. */
export class Features {
  private constructor(
    private readonly values: readonly ValueInfo[],
    /** By picture, then by value; none where the picture could not be read. */
    private readonly rows: readonly (readonly Float32Array[] | undefined)[],
  ) {}

  /**
   * Runs the trunk over a set, in its own order.
   * @param batches those of the whole network, not shuffled, not augmented
   * @returns undefined if the signal ended it
   */
  static async compute(
    { trunk }: TrunkPlan,
    batches: Batches,
    engine: Engine,
    { onProgress, signal }: { onProgress: (done: number) => void; signal: AbortSignal | undefined },
  ): Promise<Features | undefined> {
    const rows: (Float32Array[] | undefined)[] = new Array(batches.pictures).fill(undefined);
    const program = await engine.compile(trunk);
    let done = 0;
    try {
      for await (const { inputs, images, pictures } of batches.epoch(1)) {
        if (signal?.aborted) return undefined;
        const outputs = await program.run(inputs);
        pictures.forEach((picture, i) => {
          rows[picture] = trunk.outputs.map((value) => {
            const size = perPicture(value);
            return (outputs[value.name].data as Float32Array).slice(i * size, (i + 1) * size);
          });
        });
        done += images;
        onProgress(done);
      }
    } finally {
      await program.close();
    }
    return new Features(trunk.outputs, rows);
  }

  has(picture: number): boolean {
    return this.rows[picture] !== undefined;
  }

  /** What the rest of the network takes for these pictures. */
  inputs(pictures: Uint32Array): Tensors {
    return Object.fromEntries(
      this.values.map((info, value) => {
        const size = perPicture(info);
        const data = new Float32Array(pictures.length * size);
        pictures.forEach((picture, i) => {
          data.set(this.rows[picture]?.[value] ?? [], i * size);
        });
        return [info.name, float32([pictures.length, ...info.shape.slice(1).map(Number)], data)] as const;
      }),
    );
  }
}
