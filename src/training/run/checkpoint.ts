// Checkpoint: a run saved so that it can go on to the same weights, bit for bit.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { writeWhole } from "../../base/write-whole.js";
import type { Evaluation } from "../../bundle/manifest.js";
import { float32, type Tensor } from "../../graph/tensor.js";
import { readSafetensors, writeSafetensors } from "../../models/weights/safetensors.js";
import type { Weights } from "../step/classifier.js";
import type { Scores } from "../tuning/scores.js";

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
  /** Its files; the scores are rough ones until those of the bundle are known. */
  best: (Best & { weights: string; scores?: string; roughScores?: string }) | null;
}

/** What the best epoch leaves. */
export interface BestParts {
  weights: Weights;
  /**
   * Of the validation pictures, as the bundle of these weights gives them; undefined if that is not known yet, and in
   * runs of earlier versions.
   */
  scores: Scores | undefined;
}

/** What the best epoch leaves when it is done. */
interface NewBest {
  weights: Weights;
  scores: Scores | undefined;
  /** Whether the bundle of these weights gives other scores, if only a little. */
  rough: boolean;
}

export interface Checkpoint {
  position: Position;
  best: Best | undefined;
  /** The training step's: weights, the optimizer's slots, running statistics. */
  state: Map<string, Tensor>;
}

const INDEX = "checkpoint.json";

function float32s(state: ReadonlyMap<string, Tensor>): Weights {
  return new Map(
    [...state].map(([name, { shape, data }]) => [name, float32(shape, data as Float32Array)] as const),
  );
}

/** The files that an index names. */
function filesOf({ state, best }: Index): string[] {
  return [state, best?.weights, best?.scores, best?.roughScores].filter((file) => file !== undefined);
}

/** float32 holds the numbers of pictures exactly up to 2²⁴. */
function scoreTensors({ images, pictures, logits, targets }: Scores): Weights {
  const shape = [images, images > 0 ? logits.length / images : 0];
  return new Map([
    ["pictures", float32([images], Float32Array.from(pictures))],
    ["logits", float32(shape, logits)],
    ["targets", float32(shape, targets)],
  ]);
}

function scoresOf(tensors: Weights): Scores {
  const [pictures, logits, targets] = ["pictures", "logits", "targets"].map(
    (name) => tensors.get(name)?.data ?? new Float32Array(),
  );
  return { images: pictures.length, pictures: Uint32Array.from(pictures), logits, targets };
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
   * @param bestParts those of `best`; asked for only if they have not been saved before
   */
  async save({ position, state, best }: Checkpoint, bestParts: () => Promise<NewBest>): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const stateFile = `state-${position.epoch}-${position.step}.safetensors`;
    const bestFile = `best-${best?.epoch}.safetensors`;
    const scoresFile = `scores-${best?.epoch}.safetensors`;
    const roughFile = `rough-${scoresFile}`;
    await writeSafetensors(join(this.folder, stateFile), float32s(state));
    if (best && !existsSync(join(this.folder, bestFile))) {
      const { weights, scores, rough } = await bestParts();
      const file = join(this.folder, rough ? roughFile : scoresFile);
      if (scores) await writeSafetensors(file, scoreTensors(scores));
      await writeSafetensors(join(this.folder, bestFile), weights);
    }
    const present = (file: string) => (existsSync(join(this.folder, file)) ? file : undefined);
    const [scores, roughScores] = [scoresFile, roughFile].map(present);
    const index: Index = {
      format: 1,
      position,
      state: stateFile,
      best: best ? { ...best, weights: bestFile, scores, roughScores } : null,
    };
    await this.writeIndex(index);
    await this.keep([INDEX, ...filesOf(index)]);
  }

  /** @throws UserError if it is damaged or of another version */
  async load(): Promise<Checkpoint> {
    const index = await this.readIndex();
    const { position, best, state } = index;
    // What a crash left behind is of no checkpoint.
    await this.keep([INDEX, ...filesOf(index)]);
    return {
      position,
      best: best ? { epoch: best.epoch, evaluation: best.evaluation } : undefined,
      state: await this.tensors(state),
    };
  }

  /** Keeps the best epoch's scores, where they have become known after its weights. */
  async addScores(scores: Scores): Promise<void> {
    const index = await this.readIndex();
    if (index.best === null) return;
    const file = `scores-${index.best.epoch}.safetensors`;
    await writeSafetensors(join(this.folder, file), scoreTensors(scores));
    await this.writeIndex({ ...index, best: { ...index.best, scores: file } });
  }

  /** Of the best epoch; undefined if no epoch is done. */
  async best(): Promise<(Best & BestParts) | undefined> {
    const { best } = await this.readIndex();
    if (best === null) return undefined;
    const { epoch, evaluation } = best;
    const scores = best.scores === undefined ? undefined : scoresOf(await this.tensors(best.scores));
    return { epoch, evaluation, weights: await this.tensors(best.weights), scores };
  }

  /** Where the run is, without its state. @throws as `load` */
  async progress(): Promise<{ position: Position; best: Best | undefined }> {
    const { position, best } = await this.readIndex();
    return { position, best: best ? { epoch: best.epoch, evaluation: best.evaluation } : undefined };
  }

  /** The best epoch's scores, rough ones where no others are known; undefined in runs of earlier versions. */
  async roughScores(): Promise<Scores | undefined> {
    const { best } = await this.readIndex();
    const file = best?.scores ?? best?.roughScores;
    return file === undefined ? undefined : scoresOf(await this.tensors(file));
  }

  private writeIndex(index: Index): Promise<void> {
    return writeWhole(this.index, `${JSON.stringify(index, null, 2)}\n`);
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
