// Checkpoint: a run saved so that it can go on to the same weights, bit for bit.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../base/write-whole.js";
import type { Evaluation } from "../../bundle/manifest.js";
import { fileHash } from "../../data/files/file-hash.js";
import { float32, type Tensor } from "../../graph/tensor.js";
import { readSafetensors, writeSafetensors } from "../../models/weights/safetensors.js";
import type { Weights } from "../step/classifier.js";
import type { Scores } from "../tuning/scores.js";
import { folderError } from "./folder-error.js";

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
  format: 2;
  position: Position;
  state: string;
  /** Its files; the scores are rough ones until those of the bundle are known. */
  best: (Best & { weights: string; scores?: string; roughScores?: string }) | null;
  /** The SHA-256 of each file that it names. */
  files: Record<string, string>;
}

/** The index as it is written: its checksum is that of the rest as JSON. */
type Sealed = Index & { checksum: string };

/** What the best epoch leaves. */
export interface BestParts {
  weights: Weights;
  /**
   * Of the validation pictures, as the bundle of these weights gives them; undefined if that is not known yet, and in
   * runs of earlier versions.
   */
  scores: Scores | undefined;
}

/** What an epoch leaves that is the best so far. */
export interface NewBest {
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

/**
 * The folder of a run's checkpoint. Its index is renamed into place last, so that there is always a whole one; it has the
 * checksums of all, so that none that is damaged is taken for whole.
 */
export class CheckpointFolder {
  constructor(private readonly folder: string) {}

  private get index(): string {
    return join(this.folder, INDEX);
  }

  exists(): boolean {
    return existsSync(this.index);
  }

  /** @param newBest of `best`, if it has not been saved before */
  async save({ position, state, best }: Checkpoint, newBest: NewBest | undefined): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const before = this.exists() ? await this.readIndex() : undefined;
    const files: Index["files"] = {};
    const write = async (file: string, tensors: Weights) => {
      files[file] = await writeSafetensors(join(this.folder, file), tensors);
      return file;
    };
    const stateFile = await write(`state-${position.epoch}-${position.step}.safetensors`, float32s(state));
    let kept = before?.best ?? null;
    if (best && newBest) {
      const { weights, scores, rough } = newBest;
      const name = `${rough ? "rough-" : ""}scores-${best.epoch}.safetensors`;
      const scored = scores && {
        [rough ? "roughScores" : "scores"]: await write(name, scoreTensors(scores)),
      };
      kept = { ...best, weights: await write(`best-${best.epoch}.safetensors`, weights), ...scored };
    } else if (kept && before) {
      for (const file of bestFiles(kept)) files[file] = before.files[file];
    }
    await this.writeIndex({ format: 2, position, state: stateFile, best: kept, files });
    await this.keep([INDEX, ...Object.keys(files)]);
  }

  /** @throws UserError if it is damaged or of another version */
  async load(): Promise<Checkpoint> {
    const index = await this.readIndex();
    const { position, best, state } = index;
    // What a crash left behind is of no checkpoint.
    await this.keep([INDEX, ...Object.keys(index.files)]);
    return {
      position,
      best: best ? { epoch: best.epoch, evaluation: best.evaluation } : undefined,
      state: await this.tensors(index, state),
    };
  }

  /** Keeps the best epoch's scores, where they have become known after its weights. */
  async addScores(scores: Scores): Promise<void> {
    const index = await this.readIndex();
    if (index.best === null) return;
    const file = `scores-${index.best.epoch}.safetensors`;
    const sha256 = await writeSafetensors(join(this.folder, file), scoreTensors(scores));
    await this.writeIndex({
      ...index,
      best: { ...index.best, scores: file },
      files: { ...index.files, [file]: sha256 },
    });
  }

  /** Of the best epoch; undefined if no epoch is done. */
  async best(): Promise<(Best & BestParts) | undefined> {
    const index = await this.readIndex();
    const { best } = index;
    if (best === null) return undefined;
    const { epoch, evaluation } = best;
    const scores = best.scores === undefined ? undefined : scoresOf(await this.tensors(index, best.scores));
    return { epoch, evaluation, weights: await this.tensors(index, best.weights), scores };
  }

  /** Where the run is, without its state. @throws as `load` */
  async progress(): Promise<{ position: Position; best: Best | undefined }> {
    const { position, best } = await this.readIndex();
    return { position, best: best ? { epoch: best.epoch, evaluation: best.evaluation } : undefined };
  }

  /** The best epoch's scores, rough ones where no others are known; undefined in runs of earlier versions. */
  async roughScores(): Promise<Scores | undefined> {
    const index = await this.readIndex();
    const file = index.best?.scores ?? index.best?.roughScores;
    return file === undefined ? undefined : scoresOf(await this.tensors(index, file));
  }

  private async writeIndex(index: Index): Promise<void> {
    const sealed: Sealed = { ...index, checksum: checksumOf(index) };
    await writeWhole(this.index, `${JSON.stringify(sealed, null, 2)}\n`);
  }

  private async keep(files: readonly string[]): Promise<void> {
    for (const file of await readdir(this.folder)) {
      if (!files.includes(file)) await rm(join(this.folder, file));
    }
  }

  private async tensors({ files }: Index, file: string): Promise<Weights> {
    const path = join(this.folder, file);
    const found = await fileHash(path, "hex").catch((error: Error) => {
      throw damaged(path, `cannot be read: ${error.message}`);
    });
    if (found !== files[file]) throw damaged(path, "is damaged: its bytes are not those that were written");
    const tensors = await readSafetensors(path);
    return new Map([...tensors].map(([name, { shape, data }]) => [name, float32(shape, data)] as const));
  }

  private async readIndex(): Promise<Index> {
    let read: Sealed;
    try {
      read = JSON.parse(await readFile(this.index, "utf8"));
    } catch (error) {
      throw damaged(this.index, `cannot be read: ${(error as Error).message}`);
    }
    const { checksum, ...index } = read;
    if (checksum !== checksumOf(index)) throw damaged(this.index, "is damaged, or was changed by hand");
    if (index.format === 2) return index;
    throw damaged(this.index, `has format ${index.format}, and this version reads format 2`);
  }
}

function bestFiles({ weights, scores, roughScores }: NonNullable<Index["best"]>): string[] {
  return [weights, scores, roughScores].filter((file) => file !== undefined);
}

const checksumOf = (index: Index) => createHash("sha256").update(JSON.stringify(index)).digest("hex");

function damaged(path: string, what: string): Error {
  return folderError(
    `The run cannot go on: ${path} ${what}. Put it back from a copy, or begin another run with another --out.`,
  );
}
