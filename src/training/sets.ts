// Sets: the training and the validation pictures of a phase, and whether the frozen trunk runs once for them.
import { classAware } from "../data/class-aware.js";
import { Loader } from "../data/loader.js";
import { type Sampler, sequential, shuffled } from "../data/sampler.js";
import type { Transform } from "../data/transform.js";
import { type Batches, FeatureBatches, PictureBatches } from "./batches.js";
import type { SetName, SkippedEvent, TrunkEvent } from "./events.js";
import type { Hooks } from "./hooks.js";
import { MixedBatches } from "./mix.js";
import type { Settings } from "./options.js";
import { Pace } from "./pace.js";
import type { Phase } from "./phases.js";
import type { Opened } from "./prepare.js";
import type { Fed } from "./run.js";
import type { Config } from "./run-folder.js";
import { effectivelyTrainable } from "./step-graph.js";
import { Features, memoryLimit, planTrunk, type TrunkPlan } from "./trunk.js";

type Cached = Config["cached"][number];

/** Of augment "light": the least share of a picture's area, and the greatest. */
const LIGHT = [0.6, 1] as const;

const size = (bytes: number) =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

/** What only infers goes faster in larger batches. */
const inferenceBatch = ({ batch }: Settings) => Math.max(batch, 16);

export class Sets {
  /** For which sets the trunk runs only once. A run that goes on does as it did before. */
  readonly cached: Cached;
  /** What was chosen and why, a sentence each. */
  readonly choices: string[] = [];
  private readonly plan: TrunkPlan | undefined;
  private readonly loaders: Loader[] = [];

  /** @param cached as a run that goes on did before */
  constructor(
    private readonly prepared: Opened,
    private readonly phase: Phase,
    private readonly hooks: Hooks<TrunkEvent | SkippedEvent>,
    cached: Cached | undefined,
  ) {
    const { network, settings } = prepared;
    const trainable = effectivelyTrainable(network.graph, phase.trainable, settings.batchnorm);
    this.plan = planTrunk(network.graph, trainable);
    this.cached = cached ?? this.choose();
  }

  /** The sets, ready to be run over; undefined if the signal has ended the pass through the trunk. */
  async open(): Promise<{ training: Fed; validation: Fed } | undefined> {
    const training = await this.openOne("training");
    const validation = training && (await this.openOne("validation"));
    return validation && { training, validation };
  }

  /** Pictures of both sets that could not be read. */
  get skipped(): number {
    return this.loaders.reduce((sum, { skipped }) => sum + skipped.length, 0);
  }

  async close(): Promise<void> {
    for (const loader of this.loaders) await loader.close();
  }

  private choose(): Cached {
    const { training, validation } = this.prepared;
    const { plan, phase } = this;
    // One pass over the pictures has nothing to come back to.
    if (plan === undefined || phase.last <= phase.first) return { training: false, validation: false };
    const limit = memoryLimit();
    const bytes = training.pictures.length * plan.bytes;
    const still = !this.augmented && !this.mixes;
    const forTraining = still && bytes <= limit;
    const left = limit - (forTraining ? bytes : 0);
    if (this.mixes) {
      this.choices.push(
        "the frozen part runs in each epoch, since the pictures that are mixed are new in each",
      );
    }
    if (forTraining) {
      this.choices.push(
        `the frozen part runs once a picture; what it gives, ${size(bytes)}, stays in memory`,
      );
    } else if (still) {
      this.choices.push(
        `the frozen part runs in each epoch: what it gives, ${size(bytes)}, is more than ${size(limit)}, ` +
          "a third of the memory",
      );
    }
    return { training: forTraining, validation: validation.pictures.length * plan.bytes <= left };
  }

  /** One of them. */
  async openOne(split: SetName): Promise<Fed | undefined> {
    const { settings, network } = this.prepared;
    const set = this.prepared[split];
    const order = { batch: this.batch(split), sampler: this.sampler(split) };
    if (this.plan === undefined || !this.cached[split]) {
      const training = split === "training";
      const pictures = this.pictures(split, { ...order, augmented: training && this.augmented });
      const { seed, mixup, cutmix } = settings;
      const mixed = training && this.mixes;
      const batches: Batches = mixed ? new MixedBatches(pictures, { mixup, cutmix, seed }) : pictures;
      return { graph: network.graph, batches };
    }
    const pace = new Pace();
    let before = performance.now();
    let counted = 0;
    const features = await Features.compute(
      this.plan,
      this.pictures(split, {
        batch: inferenceBatch(settings),
        sampler: sequential(set.pictures.length),
        augmented: false,
      }),
      this.prepared.engine,
      {
        signal: this.hooks.signal,
        onProgress: (done) => {
          const now = performance.now();
          pace.add(done - counted, (now - before) / 1000);
          before = now;
          counted = done;
          const { imagesPerSecond } = pace;
          this.hooks.emit({ event: "trunk", set: split, done, total: set.pictures.length, imagesPerSecond });
        },
      },
    );
    if (features === undefined) return undefined;
    return { graph: this.plan.rest, batches: new FeatureBatches(set, features, order) };
  }

  private get augmented(): boolean {
    return this.phase.augmented && this.prepared.settings.augment !== "none";
  }

  private get mixes(): boolean {
    const { mixup, cutmix } = this.prepared.settings;
    return this.phase.augmented && (mixup !== undefined || cutmix !== undefined);
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

  private pictures(
    split: SetName,
    { batch, sampler, augmented }: { batch: number; sampler: Sampler; augmented: boolean },
  ): PictureBatches {
    const { settings, network } = this.prepared;
    const set = this.prepared[split];
    const { resize, crop } = network.preprocess;
    const transform: Transform = augmented
      ? { kind: "augment", size: crop, scale: settings.augment === "light" ? LIGHT : undefined }
      : { kind: "center", resize, crop };
    const { seed, workers: threads } = settings;
    const loader = new Loader(set.pictures, { batch, transform, seed, shuffle: false, sampler, threads });
    this.loaders.push(loader);
    return new PictureBatches(set, loader, crop, (skipped) =>
      this.hooks.emit({ event: "skipped", set: split, ...skipped }),
    );
  }
}
