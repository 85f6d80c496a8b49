// Checkpoint: a run saved so that it can go on to the same weights, bit for bit.
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import type { Evaluation } from "../bundle/manifest.js";
import { float32, type Tensor } from "../graph/tensor.js";
import { readSafetensors, writeSafetensors } from "../models/weights/safetensors.js";
import type { Weights } from "./classifier.js";

/** Where a run is. */
export interface Position {
  /** The epoch that is going on, from 1; one more than the last when all are done. */
  epoch: number;
  /** The batches of it that are done. */
  step: number;
  /** Optimizer steps of the whole run. */
  steps: number;
  /** Batches whose gradients wait for the next of them. */
  pending: number;
  /** `steps` at the beginning of each phase so far. */
  began: readonly number[];
  /** Of this epoch so far: the sum of the pictures' losses, and how many there were. */
  loss: number;
  images: number;
}

/** The best epoch so far, and what was measured then. */
export interface Best {
  epoch: number;
  evaluation: Evaluation;
}

interface Index {
  format: 1;
  position: Position;
  state: string;
  best: (Best & { weights: string }) | null;
}

export interface Checkpoint {
  position: Position;
  best: Best | undefined;
  /** The training step's: weights, the optimizer's slots, running statistics. */
  state: Map<string, Tensor>;
}

const INDEX = "checkpoint.json";

/** Writes a file so that it is there whole, or as it was before. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

function float32s(state: ReadonlyMap<string, Tensor>): Weights {
  return new Map(
    [...state].map(([name, { shape, data }]) => [name, float32(shape, data as Float32Array)] as const),
  );
}

/** The folder of a run's checkpoint. Its index is renamed into place last, so that there is always a whole one. */
export class CheckpointFolder {
  constructor(private readonly folder: string) {}

  private get index(): string {
    return join(this.folder, INDEX);
  }

  exists(): boolean {
    return existsSync(this.index);
  }

  /**
   * @param bestWeights those of `best`; asked for only if they have not been saved before
   */
  async save({ position, state, best }: Checkpoint, bestWeights: () => Promise<Weights>): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const stateFile = `state-${position.epoch}-${position.step}.safetensors`;
    const bestFile = `best-${best?.epoch}.safetensors`;
    await writeSafetensors(join(this.folder, stateFile), float32s(state));
    if (best && !existsSync(join(this.folder, bestFile))) {
      await writeSafetensors(join(this.folder, bestFile), await bestWeights());
    }
    const index: Index = {
      format: 1,
      position,
      state: stateFile,
      best: best ? { ...best, weights: bestFile } : null,
    };
    await writeWhole(this.index, `${JSON.stringify(index, null, 2)}\n`);
    await this.keep([INDEX, stateFile, bestFile]);
  }

  /** @throws UserError if it is damaged or of another version */
  async load(): Promise<Checkpoint> {
    const { position, best, state } = await this.readIndex();
    // What a crash left behind is of no checkpoint.
    await this.keep([INDEX, state, ...(best ? [best.weights] : [])]);
    return {
      position,
      best: best ? { epoch: best.epoch, evaluation: best.evaluation } : undefined,
      state: await this.tensors(state),
    };
  }

  /** The weights of the best epoch. */
  async bestWeights(): Promise<Weights> {
    const { best } = await this.readIndex();
    return best ? this.tensors(best.weights) : new Map();
  }

  private async keep(files: readonly string[]): Promise<void> {
    for (const file of await readdir(this.folder)) {
      if (!files.includes(file)) await rm(join(this.folder, file));
    }
  }

  private async tensors(file: string): Promise<Weights> {
    const found = await readSafetensors(join(this.folder, file));
    return new Map([...found].map(([name, { shape, data }]) => [name, float32(shape, data)] as const));
  }

  private async readIndex(): Promise<Index> {
    try {
      const index: Index = JSON.parse(await readFile(this.index, "utf8"));
      if (index.format === 1) return index;
      throw new Error(`it has format ${index.format}, and this version reads format 1`);
    } catch (error) {
      throw new UserError(
        `The checkpoint ${this.index} cannot be read: ${(error as Error).message}. Train anew into another --out.`,
      );
    }
  }
}
