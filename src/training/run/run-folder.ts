// RunFolder: what a training run keeps on the disk, and whether a run may go on in it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../base/errors.js";
import { flagOf } from "../../base/flag.js";
import { writeWhole } from "../../base/write-whole.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import type { Graph } from "../../graph/graph.js";
import type { EpochEvent } from "../events/events.js";
import type { Cached } from "../input/phase-inputs.js";
import type { Settings, TrainOptions } from "../recipe/options.js";
import type { Tuning } from "../tuning/tuning.js";
import { CheckpointFolder } from "./checkpoint.js";

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
  /** What was chosen and why, a sentence each; runs of earlier versions have not written it down. */
  choices?: string[];
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
const free = new Set(["resume", "out", "workers", "cacheLimit"]);

export class RunFolder {
  /** Absolute. */
  readonly path: string;
  readonly checkpoint: CheckpointFolder;

  private constructor(out: string) {
    this.path = out;
    this.checkpoint = new CheckpointFolder(join(this.path, "checkpoint"));
  }

  get bundle(): string {
    return join(this.path, "bundle");
  }

  /** The pictures that were learned from, where others were set aside. */
  get training(): string {
    return join(this.path, "training.csv");
  }

  /** The pictures that were set aside for validation. */
  get validation(): string {
    return join(this.path, "validation.csv");
  }

  /** The pictures that look alike and were kept on one side, where others were set aside. */
  get nearCopies(): string {
    return join(this.path, "near-copies.json");
  }

  /** What was chosen on the validation pictures, and why. */
  get tuning(): string {
    return join(this.path, "tuning.json");
  }

  /** What the frozen part gives, until the run has come to its end. */
  get features(): string {
    return join(this.path, "features");
  }

  /** What people look at when the run is done. */
  get report(): string {
    return join(this.path, "report.html");
  }

  private get config(): string {
    return join(this.path, "config.json");
  }

  private get metrics(): string {
    return join(this.path, "metrics.jsonl");
  }

  /** A folder (absolute) for a new run; it is not made yet. @throws UserError if there is something in it */
  static async fresh(out: string): Promise<RunFolder> {
    const folder = new RunFolder(out);
    const entries = existsSync(folder.path) ? await readdir(folder.path).catch(() => undefined) : [];
    if (entries === undefined) throw new UserError(`${out} is a file; --out wants a folder for the run.`);
    if (existsSync(folder.config)) {
      throw new UserError(
        `${out} holds a run already. Go on with it by --resume, or choose another folder with --out.`,
      );
    }
    if (entries.length > 0) {
      throw new UserError(`${out} is not empty and holds no run. Choose another folder with --out.`);
    }
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
      throw new UserError(`${options.out} holds no run to go on with. Leave out --resume to begin one.`);
    }
    const config = await folder.readConfig();
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
      throw new UserError(
        `The run in ${options.out} was begun with other options. ` +
          "Leave them out to go on with it, or begin another with another --out:",
        problems.sort(),
      );
    }
    return { folder, config };
  }

  /** @throws UserError if the data or the first weights are no longer those of the run */
  checkUnchanged(config: Config, now: Fingerprints): void {
    const problems = changes(config.fingerprints, now);
    if (problems.length > 0) {
      throw new UserError(
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

  /** Makes the folder and writes the configuration. */
  async begin(config: Config): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await writeWhole(this.config, `${JSON.stringify(config, null, 2)}\n`);
    await writeWhole(this.metrics, "");
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
    await appendFile(this.metrics, `${JSON.stringify(metrics)}\n`);
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
      throw new UserError(`${this.config} cannot be read: ${(error as Error).message}.`);
    }
  }
}
