// RunFolder: what a training run keeps on the disk, and whether a run may go on in it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { flagOf } from "../../base/flag.js";
import { syncFolder, writeWhole } from "../../base/write-whole.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import type { Graph } from "../../graph/graph.js";
import type { EpochEvent } from "../events/events.js";
import type { Cached } from "../input/phase-inputs.js";
import type { Choice } from "../recipe/choice.js";
import type { Settings, TrainOptions } from "../recipe/options.js";
import type { Tuning } from "../tuning/tuning.js";
import { CheckpointFolder } from "./checkpoint.js";
import { folderError } from "./folder-error.js";
import { FolderLock, LOCK } from "./lock.js";

/** What must be the same when a run goes on; SHA-256 each. */
export interface Fingerprints {
  labels: string;
  pictures: string;
  targets: string;
  validationPictures: string;
  validationTargets: string;
  /** Of the network before training. */
  weights: string;
}

const meanings: Record<keyof Fingerprints, string> = {
  labels: "the labels",
  pictures: "the training pictures",
  targets: "the training pictures' labels",
  validationPictures: "the validation pictures",
  validationTargets: "the validation pictures' labels",
  weights: "the weights that the network begins with",
};

/** `config.json`. */
export interface Config {
  format: 1;
  settings: Settings;
  fingerprints: Fingerprints;
  /** The engine and its versions. */
  engine: string;
  /** The root of the mean square of the backbone's features, where it was measured. */
  features?: number;
  /** By phase: where what the frozen part gives is kept, of each set. */
  cached: Cached[];
  /** What was chosen where options were left out, and why. */
  choices: Choice[];
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);
const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

export function fingerprints(training: Dataset, validation: Dataset, network: Graph): Fingerprints {
  const weights = createHash("sha256");
  for (const [name, { data }] of network.initializers) weights.update(name).update(bytesOf(data));
  return { ...dataFingerprints(training, validation), weights: weights.digest("hex") };
}

export function dataFingerprints(training: Dataset, validation: Dataset): Omit<Fingerprints, "weights"> {
  const pictures = ({ pictures }: Dataset) => sha256(JSON.stringify(pictures.map(({ name }) => name)));
  return {
    labels: sha256(JSON.stringify(training.labels)),
    pictures: pictures(training),
    targets: sha256(bytesOf(training.targets)),
    validationPictures: pictures(validation),
    validationTargets: sha256(bytesOf(validation.targets)),
  };
}

/** What is no longer as it was, a sentence each. */
export function changes(then: Fingerprints, now: Partial<Fingerprints>): string[] {
  return (Object.keys(now) as (keyof Fingerprints)[])
    .filter((name) => then[name] !== now[name])
    .map((name) => `${meanings[name]} are not those of the run`);
}

/** As it is typed. */
function written(value: unknown): string {
  if (value === undefined) return "not given";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return String(value);
  return Object.entries(value)
    .map(([label, weight]) => `${label}=${weight}`)
    .join(",");
}

/** The options that say how to run, not what: they may differ when a run goes on. */
const free = new Set(["resume", "out", "threads", "workers", "cacheLimit", "saveEvery"]);

export const TRAINING = "training.csv";
export const VALIDATION = "validation.csv";
export const NEAR_COPIES = "near-copies.json";
const CONFIG = "config.json";
const METRICS = "metrics.jsonl";
/** Where the files of a run are written before it begins. */
const BEGINNING = ".beginning";

/** What a run that was killed while it began may have left. */
const ownNames: ReadonlySet<string> = new Set(
  [TRAINING, VALIDATION, NEAR_COPIES, CONFIG, METRICS]
    .flatMap((name) => [name, `${name}.partial`])
    .concat(BEGINNING, LOCK),
);

function unwritable(out: string, error: unknown): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  const why: Record<string, string> = {
    EROFS: "the disk is read-only",
    EACCES: "its permissions forbid it",
    EPERM: "its permissions forbid it",
    ENOSPC: "the disk is full",
    EDQUOT: "your quota on this disk is used up",
    ENOTDIR: "a part of its path is a file",
  };
  if (!Object.hasOwn(why, code)) return error;
  return folderError(
    `Nothing can be written to ${out}: ${why[code]}. Mend that, or choose another --out.`,
    [],
    error,
  );
}

export class RunFolder {
  /** Absolute. */
  readonly path: string;
  readonly checkpoint: CheckpointFolder;
  private lock: FolderLock | undefined;
  /** Where a run that has not begun is written. */
  private stage: string | undefined;
  /** The first folder that was made for it, if it was not there. */
  private made: string | undefined;

  private constructor(out: string) {
    this.path = out;
    this.checkpoint = new CheckpointFolder(join(this.path, "checkpoint"));
  }

  get bundle(): string {
    return join(this.path, "bundle");
  }

  /** The pictures that were learned from, where others were set aside. */
  get training(): string {
    return join(this.path, TRAINING);
  }

  /** The pictures that were set aside for validation. */
  get validation(): string {
    return join(this.path, VALIDATION);
  }

  /** The pictures that look alike and were kept on one side, where others were set aside. */
  get nearCopies(): string {
    return join(this.path, NEAR_COPIES);
  }

  /** What was chosen on the validation pictures, and why. */
  get tuning(): string {
    return join(this.path, "tuning.json");
  }

  /** What the frozen part gives, until the run has come to its end. */
  get features(): string {
    return join(this.path, "features");
  }

  /** The figures of the test set, where there is one. */
  get test(): string {
    return join(this.path, "test.json");
  }

  /** What people look at when the run is done. */
  get report(): string {
    return join(this.path, "report.html");
  }

  private get config(): string {
    return join(this.path, CONFIG);
  }

  private get metrics(): string {
    return join(this.path, METRICS);
  }

  /**
   * A folder (absolute) for a new run, which no other run can take meanwhile. What is written before `begin` stands
   * beside it (in it, if it is there already and empty), and `close` removes that.
   * @throws UserError if there is something in the folder, or nothing can be written there
   */
  static async fresh(out: string): Promise<RunFolder> {
    const folder = new RunFolder(out);
    const entries = existsSync(folder.path) ? await readdir(folder.path).catch(() => undefined) : [];
    if (entries === undefined) throw folderError(`${out} is a file. Give --out a folder for the run.`);
    if (existsSync(folder.config)) {
      throw folderError(
        `${out} holds a run already. Continue it with --resume, or choose another folder with --out.`,
      );
    }
    const unfinished = entries.includes(BEGINNING) && entries.every((name) => ownNames.has(name));
    if (entries.length > 0 && !unfinished) {
      throw folderError(`${out} is not empty and holds no run. Choose another folder with --out.`);
    }
    const inside = existsSync(folder.path);
    const stage = inside ? join(out, BEGINNING) : join(dirname(out), `.${basename(out)}${BEGINNING}`);
    folder.made = await mkdir(stage, { recursive: true }).catch((error: unknown) => {
      throw unwritable(out, error);
    });
    const staged = await readdir(stage);
    if (!staged.every((name) => ownNames.has(name) || name.startsWith(LOCK))) {
      throw folderError(`${stage} is in the way: it is not of multihot. Move it, or choose another --out.`);
    }
    const lock = await FolderLock.take(stage).catch((error: unknown) => {
      throw unwritable(out, error);
    });
    // What a run that was killed while it began has left.
    for (const name of staged) if (name !== LOCK) await rm(join(stage, name), { force: true });
    if (inside)
      for (const name of entries) if (name !== BEGINNING) await rm(join(out, name), { force: true });
    folder.stage = stage;
    folder.lock = lock;
    return folder;
  }

  /** The folder (absolute) of a run that has begun; undefined if there is none. */
  static existing(out: string): RunFolder | undefined {
    const folder = new RunFolder(out);
    return existsSync(folder.config) ? folder : undefined;
  }

  /**
   * The folder of a run to go on with, and its configuration. The options' paths are absolute.
   * @throws UserError if there is none, or if `options` say something else than it did
   */
  static async resumed(options: TrainOptions): Promise<{ folder: RunFolder; config: Config }> {
    const folder = RunFolder.existing(options.out);
    if (folder === undefined) {
      throw folderError(`${options.out} holds no run to go on with. Leave out --resume to begin one.`);
    }
    folder.lock = await FolderLock.take(folder.path).catch((error: unknown) => {
      throw unwritable(options.out, error);
    });
    try {
      return { folder, config: await folder.configFor(options) };
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** The configuration. @throws UserError if `options` say something else */
  private async configFor(options: TrainOptions): Promise<Config> {
    const config = await this.readConfig();
    const settings: Record<string, unknown> = { ...config.settings };
    const problems = Object.entries(options)
      .filter(
        ([name, value]) =>
          value !== undefined && !free.has(name) && !isDeepStrictEqual(settings[name], value),
      )
      .map(
        ([name, value]) =>
          `${name === "data" ? "DATA" : flagOf(name)}: ${written(settings[name])} in the run, ${written(value)} now`,
      );
    if (problems.length > 0) {
      throw folderError(
        `The run in ${options.out} was begun with other options. ` +
          "Leave them out to go on with it, or begin another with another --out:",
        problems.sort(),
      );
    }
    return config;
  }

  /** @throws UserError if the data or the first weights are no longer those of the run */
  checkUnchanged(config: Config, now: Fingerprints): void {
    const problems = changes(config.fingerprints, now);
    if (problems.length > 0) {
      throw folderError(
        `The run in ${this.path} cannot go on, since something has changed since it began. ` +
          "Put it back, or begin another run with another --out:",
        problems,
      );
    }
  }

  /** Those that were found when the run began, among the pictures of its data; earlier versions have looked for none. */
  async nearCopiesIn({ pictures }: Dataset): Promise<number[][]> {
    if (!existsSync(this.nearCopies)) return [];
    const groups: string[][] = JSON.parse(await readFile(this.nearCopies, "utf8"));
    const indexOf = new Map(pictures.map(({ name }, i) => [name, i]));
    return groups.map((names) => names.flatMap((name) => indexOf.get(name) ?? []));
  }

  /**
   * Makes the folder appear, with its configuration and these files (by their names): all of it or nothing, also when the
   * program is killed or the power fails.
   */
  async begin(config: Config, files: ReadonlyMap<string, string>): Promise<void> {
    const { stage } = this;
    if (stage === undefined) throw new Error("Only a fresh run begins.");
    for (const [name, text] of files) await writeWhole(join(stage, name), text);
    await writeWhole(join(stage, METRICS), "");
    await writeWhole(join(stage, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
    if (dirname(stage) === this.path) {
      // The configuration, with which a run begins, comes last.
      for (const name of [...files.keys(), METRICS, LOCK, CONFIG]) {
        await rename(join(stage, name), join(this.path, name));
      }
      await syncFolder(this.path);
      await rm(stage, { recursive: true });
    } else {
      await rename(stage, this.path).catch((error: NodeJS.ErrnoException) => {
        if (!["ENOTEMPTY", "EEXIST", "EPERM", "ENOTDIR"].includes(error.code ?? "")) throw error;
        throw folderError(`Something has appeared in ${this.path} meanwhile. Choose another --out.`);
      });
      await syncFolder(dirname(this.path));
    }
    this.lock?.moved(this.path);
    this.stage = undefined;
  }

  /** Lets other runs have the folder, and removes what was written for a run that has not begun. */
  async close(): Promise<void> {
    await this.lock?.release();
    const { stage, made } = this;
    if (stage === undefined) return;
    await rm(stage, { recursive: true, force: true });
    // The folders above that were made for it, as far as nothing else has come into them.
    for (let above = dirname(stage); made !== undefined && above.startsWith(made); above = dirname(above)) {
      if (
        !(await rmdir(above).then(
          () => true,
          () => false,
        ))
      )
        break;
    }
  }

  /** @throws UserError if another run has taken the folder over */
  async assertHeld(): Promise<void> {
    await this.lock?.assertHeld();
  }

  /** Drops what a crash left behind the checkpoint: the epochs from `epoch` on come again. */
  async rewind(epoch: number): Promise<void> {
    if (!this.checkpoint.exists()) await rm(join(this.path, "checkpoint"), { recursive: true, force: true });
    const kept = await this.readMetrics(epoch);
    await writeWhole(this.metrics, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  /** The epochs before `epoch`, in order. */
  async readMetrics(epoch: number): Promise<Omit<EpochEvent, "event">[]> {
    const text = existsSync(this.metrics) ? await readFile(this.metrics, "utf8") : "";
    // The last line may be half a line.
    const lines = text.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as EpochEvent).filter((line) => line.epoch < epoch);
  }

  async addMetrics({ event: _, ...metrics }: EpochEvent): Promise<void> {
    const file = await open(this.metrics, "a");
    try {
      await file.appendFile(`${JSON.stringify(metrics)}\n`);
      // A checkpoint that knows of this epoch must not be on the disk before its line.
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async writeTuning(tuning: Tuning, labels: readonly string[]): Promise<void> {
    await writeWhole(this.tuning, `${JSON.stringify({ format: 1, labels, ...tuning }, null, 2)}\n`);
  }

  /** undefined if the run has not come to its end. */
  async readTuning(): Promise<Tuning | undefined> {
    return existsSync(this.tuning) ? JSON.parse(await readFile(this.tuning, "utf8")) : undefined;
  }

  /** @throws UserError if it is damaged or of another version */
  async readConfig(): Promise<Config> {
    try {
      const config: Config = JSON.parse(await readFile(this.config, "utf8"));
      if (config.format === 1) return config;
      throw new Error(`it has format ${config.format}, and this version reads format 1`);
    } catch (error) {
      throw folderError(`${this.config} cannot be read: ${(error as Error).message}.`);
    }
  }
}
