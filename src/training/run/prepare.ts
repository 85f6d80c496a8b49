// Prepare: from options to everything that a run needs: data, network, settings, engine.
import { availableParallelism } from "node:os";
import { count } from "../../base/count.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import { readDataset } from "../../data/dataset/read.js";
import { freezesAll, trainableWeights, weightsOf } from "../../models/freeze.js";
import { headByName } from "../../models/heads/index.js";
import { kaimingNormal } from "../../models/init.js";
import { isWithin } from "../../models/modules.js";
import { network } from "../../models/network.js";
import { describe } from "../../models/preprocess.js";
import { openBackbone } from "../../models/registry.js";
import { stagesOf } from "../../models/stages.js";
import type { DownloadEvent } from "../events/events.js";
import type { Hooks } from "../events/hooks.js";
import { featureScale } from "../input/feature-scale.js";
import { lookForNearCopies, tellCopies } from "../input/near-copies.js";
import type { InputDecisions } from "../input/phase-inputs.js";
import { type NearCopies, type ReadSets, readSets } from "../input/read-datasets.js";
import { type Choice, choosePlaces, settle } from "../recipe/defaults.js";
import { lossOf } from "../recipe/loss-options.js";
import type { CheckedOptions, Settings } from "../recipe/options.js";
import { phasesOf, tellPhases } from "../recipe/phases.js";
import type { StepDecisions } from "../recipe/step-options.js";
import { tellRates } from "../step/layer-rates.js";
import { openRunEngine } from "./run-engine.js";
import { type Config, type Fingerprints, fingerprints, RunFolder } from "./run-folder.js";

/** What training needs, wherever its results go. */
export interface Opened extends InputDecisions, StepDecisions {
  choices: string[];
  /** Whether the validation pictures are a part of `data`. */
  heldOut: boolean;
  /** See ReadSets. */
  nearCopies: ReadSets["nearCopies"];
  fingerprints: Fingerprints;
  /** The root of the mean square of the backbone's features, where it has been measured. */
  features: number | undefined;
}

export interface Prepared extends Opened {
  folder: RunFolder;
  /** Of the run that goes on; undefined for a new one. */
  config: Config | undefined;
}

/**
 * Reads the data, opens the network and settles the options (whose paths are absolute). The folder is held: `close` it.
 * @throws UserError for options, data, weights or a run folder that cannot be used
 */
export async function prepare(options: CheckedOptions, hooks: Hooks): Promise<Prepared> {
  const { folder, config } = options.resume
    ? await RunFolder.resumed(options)
    : { folder: await RunFolder.fresh(options.out), config: undefined };
  try {
    const look = config
      ? (set: Dataset) => folder.nearCopiesIn(set)
      : options.nearCopies === "ignore"
        ? undefined
        : (set: Dataset) => lookForNearCopies(set, options.workers, hooks);
    const opened = await openTraining(options, hooks, config, look);
    if (config) folder.checkUnchanged(config, opened.fingerprints);
    return { folder, config, ...opened };
  } catch (error) {
    await folder.close();
    throw error;
  }
}

/**
 * The same without a run's folder.
 * @param config of the run that goes on
 * @param nearCopies finds those that a split keeps on one side; default: there are none
 */
export async function openTraining(
  options: CheckedOptions,
  { emit, signal }: Hooks<DownloadEvent>,
  config?: Config,
  nearCopies?: (set: Dataset) => Promise<NearCopies>,
): Promise<Opened> {
  const choices: string[] = [];
  const places = config?.settings ?? choosePlaces(options, choices);
  const seed = config?.settings.seed ?? options.seed ?? 1;
  const sets = await readSets(places, seed, nearCopies);
  const { training, validation } = sets;
  const heldOut = places.val === undefined;
  if (places.test !== undefined) {
    // Read now, so that what is wrong with it is told before hours of training.
    const { format, groupBy } = places;
    const test = await readDataset(places.test, { format, groupBy, labels: training.labels });
    choices.push(
      `--test: ${count(test.pictures.length, "image")}, measured once, when the bundle is written`,
    );
  }
  if (heldOut && !config) {
    const { length } = validation.pictures;
    const share = Math.round((100 * length) / (length + training.pictures.length));
    choices.push(
      `validation: ${count(length, "picture")} (${share} %), chosen so that each label keeps its share; the run lists ` +
        "both parts in training.csv and validation.csv",
    );
  }
  if (!config) choices.push(...(await tellCopies(sets, places)));
  const open = (frozen: boolean) =>
    openBackbone({
      ...places,
      frozen,
      size: config?.settings.size ?? options.size,
      seed,
      signal,
      onProgress: ({ received, total }) =>
        emit({ event: "download", file: `${places.backbone} weights`, received, total }),
    });
  const frozen = (config?.settings ?? options).freeze === "backbone";
  let backbone = await open(frozen);
  const opened = backbone;
  const modules = weightsOf(opened.graph);
  const facts = {
    pictures: training.pictures.length,
    cores: availableParallelism(),
    pretrained: places.weights !== "none",
    size: opened.preprocess.crop,
    normalizes: opened.graph.nodes.some(({ op }) => op === "BatchNormalization"),
    untrainable: opened.untrainable,
    isWholeBackbone: (name: string) => freezesAll(opened.graph, name),
    hasModule: (name: string) => modules.some((weight) => isWithin(weight, name)),
  };
  let chosen: Choice = config
    ? { settings: config.settings, choices: [], byFeatures: false }
    : settle(options, facts, places);
  // What nothing of trains needs no rule of ours: a file is run as it is, by the engine that runs all.
  if (!frozen && chosen.settings.freeze === "backbone") backbone = await open(true);
  const { size } = chosen.settings;
  const threads = options.threads ?? chosen.settings.threads;
  let features = config?.features;
  const networkOf = (settings: Settings, features: number | undefined) => (size: number) => {
    const head = headByName({ ...settings, features });
    // The head of two layers begins quietly with its second one alone.
    const init = kaimingNormal({ gain: Math.SQRT2 * (settings.head === "mlp" ? 1 : settings.headInit) });
    return network(backbone, { labels: training.labels.length, head, init, seed, size });
  };
  let net = networkOf(chosen.settings, features)(size);
  if (!config) {
    choices.push(`preprocessing: ${describe(net.preprocess)}`, ...(backbone.notes ?? []));
  }
  const engine = await openRunEngine(net, { ...chosen.settings, threads }, config?.engine);
  if (engine.note !== undefined) choices.push(`engine: ${engine.note}`);
  if (chosen.byFeatures) {
    // A new classifier learns well only if it begins, and alone also goes on, as suits features, which differ a hundredfold.
    features = await featureScale(training, net, engine);
    chosen = settle(options, { ...facts, features }, places);
    net = networkOf(chosen.settings, features)(size);
  }
  const { loss, choices: ofLoss } = lossOf(chosen.settings, training);
  choices.push(...chosen.choices, ...(config ? [] : ofLoss));
  const trainable = trainableWeights(net, chosen.settings.freeze);
  const stages = stagesOf(net);
  const phases = phasesOf(stages, trainable, chosen.settings);
  choices.push(
    ...tellRates(stages, phases[phases.length - 1].trainable, chosen.settings),
    ...tellPhases(phases, stages, trainable),
  );
  const found = fingerprints(training, validation, net.graph);
  if (config && config.settings.threads !== threads) {
    choices.push(
      `threads: the run was begun with ${config.settings.threads} and goes on with ${threads}. Sums may be rounded ` +
        "otherwise, so the weights may differ in their last bits from those of an unbroken run",
    );
  }
  if (config && config.engine !== engine.description) {
    choices.push(
      `the run was begun on ${config.engine}, and this is ${engine.description}: the weights will not be, ` +
        "bit for bit, those of an unbroken run",
    );
  }
  return {
    settings: {
      ...chosen.settings,
      threads: options.threads ?? chosen.settings.threads,
      workers: options.workers ?? chosen.settings.workers,
      saveEvery: options.saveEvery ?? chosen.settings.saveEvery,
      cacheLimit: options.cacheLimit ?? chosen.settings.cacheLimit,
    },
    choices,
    training,
    validation,
    heldOut,
    nearCopies: sets.nearCopies,
    network: net,
    networkAt: networkOf(chosen.settings, features),
    stages,
    phases,
    loss,
    fingerprints: found,
    engine,
    features,
  };
}
