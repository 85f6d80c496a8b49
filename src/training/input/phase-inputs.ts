// PhaseInputs: the training and the validation images of a phase, and whether the frozen trunk runs once for them.
import { join } from "node:path";
import { count } from "../../base/count.js";
import type { Dataset, Picture } from "../../data/dataset/dataset.js";
import { classAware } from "../../data/loader/class-aware.js";
import { Loader } from "../../data/loader/loader.js";
import { type Sampler, sequential, shuffled } from "../../data/loader/sampler.js";
import { centerTransform, sizeOf, type Transform } from "../../data/transform/crop-plan.js";
import type { Engine } from "../../engines/engine.js";
import type { Graph } from "../../graph/graph.js";
import type { Network } from "../../models/network.js";
import type { SetName, SkippedEvent, TrunkEvent } from "../events/events.js";
import type { Hooks } from "../events/hooks.js";
import { Advancing } from "../events/pace.js";
import type { Choice } from "../recipe/choice.js";
import { randAugmentOf, type Settings } from "../recipe/options.js";
import type { Phase } from "../recipe/phases.js";
import { effectivelyTrainable } from "../step/step-graph.js";
import { type Batches, FeatureBatches, PictureBatches } from "./batches.js";
import { computeFeatures } from "./features/compute.js";
import { type Features, viewOf } from "./features/features.js";
import { featuresKey } from "./features/key.js";
import { type Place, type Room, roomFor, take } from "./features/room.js";
import { MixedBatches } from "./mixing.js";
import { planTrunk, type TrunkPlan } from "./trunk.js";

/** Where each set's features are kept. */
export type Cached = Record<SetName, Place>;

/** What decides the inputs of a phase. */
export interface InputDecisions {
  settings: Settings;
  training: Dataset;
  validation: Dataset;
  network: Network;
  /** The same network, with the same first weights, for images of another size. */
  networkAt(size: number): Network;
  engine: Engine;
}

/** A set, and the graph that takes its batches: the whole network, or what follows the frozen trunk. */
export interface Fed {
  readonly batches: Batches;
  readonly graph: Graph;
}

/** Of augment "light": the least share of a picture's area, and the greatest. */
const LIGHT = [0.6, 1] as const;

const size = (bytes: number) =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

/** What only infers goes faster in larger batches. */
const inferenceBatch = ({ batch }: Settings) => Math.max(batch, 16);

/**
 * Planned for all phases before a run begins; threads, memory and files are taken by `open` and given back by `close`, so
 * that each phase has what is free in its turn.
 */
export class PhaseInputs {
  /** Where what the trunk gives is kept, of each set. A run that goes on does as it did before. */
  readonly cached: Cached;
  /** What was chosen and why. */
  readonly choices: Choice[] = [];
  /** For the pictures of each set, whose sizes may differ. */
  private readonly networks: Record<SetName, Network>;
  private readonly plans: Record<SetName, TrunkPlan | undefined>;
  private room: Room;
  private loaders: Loader[] = [];
  private features: Features[] = [];

  /**
   * @param folder where features are kept on the disk; undefined: nowhere
   * @param cached as a run that goes on did before
   * @param unreadable the pictures of both sets that could not be read, in this phase or in others: each is told once
   */
  constructor(
    private readonly prepared: InputDecisions,
    private readonly phase: Phase,
    private readonly hooks: Hooks<TrunkEvent | SkippedEvent>,
    private readonly folder: string | undefined,
    cached: Cached | undefined,
    private readonly unreadable: Set<Picture>,
  ) {
    const { network, settings } = prepared;
    const trainable = effectivelyTrainable(network.graph, phase.trainable, settings.batchnorm);
    const plan = planTrunk(network.graph, trainable);
    const whole = phase.size === network.size;
    const training = whole ? network : prepared.networkAt(phase.size);
    this.networks = { training, validation: network };
    this.plans = { training: whole ? plan : planTrunk(training.graph, trainable), validation: plan };
    this.room = this.roomNow();
    this.cached = cached ?? this.choose();
  }

  /** The sets, ready to be run over; undefined if the signal has ended the pass through the trunk. */
  async open(): Promise<{ training: Fed; validation: Fed } | undefined> {
    this.room = this.roomNow();
    const training = await this.openOne("training");
    const validation = training && (await this.openOne("validation"));
    return validation && { training, validation };
  }

  /** Gives back threads, memory and files. It may be opened again. */
  async close(): Promise<void> {
    const opened = [...this.loaders, ...this.features];
    this.loaders = [];
    this.features = [];
    for (const each of opened) await each.close();
  }

  private roomNow(): Room {
    return roomFor(this.folder, this.prepared.settings.cacheLimit);
  }

  private choose(): Cached {
    const { plans, phase } = this;
    // One pass over the pictures has nothing to come back to.
    if (plans.training === undefined || phase.last <= phase.first)
      return { training: false, validation: false };
    const room = { ...this.room };
    const still = !this.mixes && (!this.augmented || this.prepared.settings.views !== undefined);
    const training = still && take(room, this.bytes("training")).place;
    const tell = (option: Choice["option"], reason: string) =>
      this.choices.push({ option, value: null, reason });
    if (still) tell("cacheLimit", this.told(training));
    else if (this.mixes) {
      tell("views", "the frozen part runs in each epoch, since the images that are mixed are new in each");
    } else {
      tell(
        "views",
        "the frozen part runs in each epoch, since images are augmented anew for each; with --views K it runs K " +
          "times in all",
      );
    }
    return { training, validation: take(room, this.bytes("validation")).place };
  }

  /** What is kept of a set, in bytes. */
  private bytes(split: SetName): number {
    const views = split === "training" ? this.views.length : 1;
    return this.prepared[split].pictures.length * views * (this.plans[split]?.bytes ?? 0);
  }

  /** What was chosen for the training set. */
  private told(place: Cached["training"]): string {
    const { memory, disk } = this.room;
    const bytes = this.bytes("training");
    const views = this.augmented ? ` in each of ${count(this.views.length, "view")}` : "";
    const kept = `the frozen part runs once per image${views}; its output, ${size(bytes)} in half precision,`;
    if (!place) {
      return (
        `the frozen part runs in each epoch: what it gives${views}, ${size(bytes)}, is more than ${size(memory)} of ` +
        `memory and ${size(disk)} of disk, half of what is free`
      );
    }
    if (place === "memory") return `${kept} stays in memory, because the disk is too full`;
    const rest = bytes > memory ? `, ${size(memory)} of it` : "";
    return `${kept} stays in memory${rest}, and in the run's features/ folder until the end`;
  }

  /** One of them. */
  async openOne(split: SetName): Promise<Fed | undefined> {
    const { settings } = this.prepared;
    const set = this.prepared[split];
    const plan = this.plans[split];
    const training = split === "training";
    const augmented = training && this.augmented;
    const order = { batch: this.batch(split), sampler: this.sampler(split) };
    if (plan === undefined || !this.cached[split]) {
      // Half of what is left: the other set may want some too.
      const keep = this.phase.last > this.phase.first ? this.room.memory / 2 : 0;
      this.room.memory -= keep;
      const pictures = this.pictures(split, { ...order, augmented, keep });
      const { seed, mixup, cutmix } = settings;
      const mixed = training && this.mixes;
      const batches: Batches = mixed ? new MixedBatches(pictures, { mixup, cutmix, seed }) : pictures;
      return { graph: this.networks[split].graph, batches };
    }
    const features = await this.compute(plan, split, augmented);
    if (features === undefined) return undefined;
    this.features.push(features);
    return { graph: plan.rest, batches: new FeatureBatches(set, features, order) };
  }

  private async compute(plan: TrunkPlan, split: SetName, augmented: boolean): Promise<Features | undefined> {
    const { engine, settings } = this.prepared;
    const { seed } = settings;
    const set = this.prepared[split];
    const place = this.cached[split];
    const transform = this.transform(split, augmented);
    const batch = inferenceBatch(settings);
    const pictures = this.pictures(split, { augmented });
    let advancing: Advancing | undefined;
    return computeFeatures(plan, set, pictures, {
      engine,
      batch,
      views: augmented ? this.views : [1],
      of: augmented ? (settings.views ?? 1) : 1,
      key: (view) => featuresKey(plan.trunk, engine, transform, { seed, view }),
      folder: place === "disk" && this.folder !== undefined ? join(this.folder, split) : undefined,
      memory: take(this.room, this.bytes(split)).memory,
      signal: this.hooks.signal,
      onProgress: (done, total) => {
        // What is first told was there before.
        if (!advancing) advancing = new Advancing(total, done);
        else this.hooks.emit({ event: "trunk", set: split, ...advancing.to(done) });
      },
      onMissing: (index, reason) => this.skip(split, set.pictures[index], reason),
    });
  }

  private get augmented(): boolean {
    const { augment, randAugment } = this.prepared.settings;
    return this.phase.augmented && (augment !== "none" || randAugment !== undefined);
  }

  private get mixes(): boolean {
    const { mixup, cutmix } = this.prepared.settings;
    return this.phase.augmented && (mixup !== undefined || cutmix !== undefined);
  }

  /** The views of the training pictures that the phase's epochs take. */
  private get views(): number[] {
    const { views } = this.prepared.settings;
    if (!this.augmented || views === undefined) return [1];
    const { first, last } = this.phase;
    const epochs = Array.from({ length: Math.min(views, last - first + 1) }, (_, i) => first + i);
    return epochs.map((epoch) => viewOf(epoch, views)).sort((a, b) => a - b);
  }

  private batch(split: SetName): number {
    const { settings } = this.prepared;
    return split === "training" ? settings.batch : inferenceBatch(settings);
  }

  private sampler(split: SetName): Sampler {
    const { [split]: set, settings } = this.prepared;
    const { length } = set.pictures;
    if (split === "validation") return sequential(length);
    return settings.sampling === "class-aware"
      ? classAware(set, settings.seed)
      : shuffled(length, settings.seed);
  }

  private transform(split: SetName, augmented: boolean): Transform {
    const { settings } = this.prepared;
    const { preprocess } = this.networks[split];
    const center: Transform = centerTransform(preprocess);
    if (!augmented) return center;
    const randAugment = randAugmentOf(settings.randAugment);
    if (settings.augment === "none") return { ...center, randAugment };
    const scale = settings.augment === "light" ? LIGHT : undefined;
    const { crop: size, interpolation } = preprocess;
    return { kind: "augment", size, scale, interpolation, randAugment };
  }

  /** Whether validation runs what the bundle will be: in float32, and not from what was kept in half precision. */
  get givesBundleScores(): boolean {
    return this.prepared.engine.precision !== "bf16" && !this.cached.validation;
  }

  /** A set's pictures, for the whole network: as they are and in their order, unless told. */
  pictures(
    split: SetName,
    {
      batch = inferenceBatch(this.prepared.settings),
      sampler,
      augmented = false,
      keep,
    }: { batch?: number; sampler?: Sampler; augmented?: boolean; keep?: number } = {},
  ): PictureBatches {
    const { settings } = this.prepared;
    const set = this.prepared[split];
    const { seed, workers: threads } = settings;
    const transform = this.transform(split, augmented);
    const order = { batch, seed, shuffle: false, sampler };
    const loader = new Loader(set.pictures, { ...order, transform, threads, keep });
    this.loaders.push(loader);
    return new PictureBatches(set, loader, sizeOf(transform), ({ picture, reason }) =>
      this.skip(split, picture, reason),
    );
  }

  /** Tells a picture that cannot be read, once. */
  private skip(split: SetName, picture: Picture, reason: string): void {
    if (this.unreadable.has(picture)) return;
    this.unreadable.add(picture);
    this.hooks.emit({ event: "skipped", set: split, picture: picture.name, row: picture.row, reason });
  }
}
