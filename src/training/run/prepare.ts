// Prepare: from options to everything that a run needs: data, network, settings, engine. What costs least is checked first.
import { availableParallelism } from "node:os";
import { count } from "../../base/count.js";
import { UserError } from "../../base/errors.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import type { Engine } from "../../engines/index.js";
import type { Backbone } from "../../models/backbone.js";
import { freezesAll, trainableWeights, weightsOf } from "../../models/freeze.js";
import { headByName } from "../../models/heads/index.js";
import { kaimingNormal } from "../../models/init.js";
import { isWithin } from "../../models/modules.js";
import { type Network, network } from "../../models/network.js";
import { describe } from "../../models/preprocess.js";
import { openBackbone } from "../../models/registry.js";
import { stagesOf } from "../../models/stages.js";
import type { DownloadEvent } from "../events/events.js";
import type { Hooks } from "../events/hooks.js";
import { featureScale } from "../input/feature-scale.js";
import { lookForNearCopies, tellCopies } from "../input/near-copies.js";
import type { InputDecisions } from "../input/phase-inputs.js";
import {
  HELD_OUT,
  type NamedSets,
  type NearCopies,
  partSets,
  type ReadSets,
  readNamed,
} from "../input/read-datasets.js";
import type { Choice } from "../recipe/choice.js";
import type { Facts } from "../recipe/facts.js";
import type { CheckedOptions, Settings } from "../recipe/options.js";
import { phasesOf, tellPhases, tellRates } from "../recipe/phases.js";
import { choosePlaces, type Places } from "../recipe/places.js";
import { lossOf } from "../recipe/run-loss.js";
import { type EarlySettings, Recipe } from "../recipe/settle.js";
import type { StepDecisions } from "../recipe/step-options.js";
import { openRunEngine } from "./run-engine.js";
import { type Config, type Fingerprints, fingerprints, RunFolder } from "./run-folder.js";

/** Milliseconds in which a name or a file is found out to be wrong. */
const MOMENT = 1000;

/** What training needs, wherever its results go. */
export interface Opened extends InputDecisions, StepDecisions {
  choices: Choice[];
  /** Whether the validation images are a part of `data`. */
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
  hooks: Hooks<DownloadEvent>,
  config?: Config,
  nearCopies?: (set: Dataset) => Promise<NearCopies>,
): Promise<Opened> {
  const { places, choices } = config ? { places: config.settings, choices: [] } : choosePlaces(options);
  const seed = config?.settings.seed ?? options.seed ?? 1;
  let frozen = (config?.settings ?? options).freeze === "backbone";
  const size = config?.settings.size ?? options.size;
  const [named, opened] = await allOf(
    readNamed(places),
    (signal) => backboneOf({ places, seed, size, frozen }, { ...hooks, signal }),
    hooks.signal,
  );
  let backbone = opened;
  /** What nothing of trains needs no rule of ours: a file is run as it is, by the engine that runs all. */
  const reopen = async ({ freeze }: EarlySettings) => {
    if (frozen || freeze !== "backbone") return;
    frozen = true;
    backbone = await backboneOf({ places, seed, size, frozen }, hooks);
  };
  const networkOf = (settings: EarlySettings & Partial<Settings>, features: number | undefined) => {
    const { headInit = 1 } = settings;
    const head = headByName({ ...settings, features });
    // The head of two layers begins quietly with its second one alone.
    const init = kaimingNormal({ gain: Math.SQRT2 * (settings.head === "mlp" ? 1 : headInit) });
    return (size: number) => network(backbone, { labels: named.data.labels.length, head, init, seed, size });
  };
  // What cannot work is told before the pass over all images that looks for near copies.
  const facts = factsOf(named, opened, places);
  const early = config?.settings ?? checkedEarly(options, facts, places, named);
  await reopen(early);
  let net = networkOf(early, config?.features)(early.size);
  trainableWeights(net, early.freeze);
  const threads = options.threads ?? early.threads;
  const engine = await openRunEngine(net, { ...early, threads }, config?.engine);

  const sets = await partSets(named, seed, nearCopies);
  const { training, validation } = sets;
  const heldOut = places.val === undefined;
  if (named.test !== undefined) {
    const reason = `${count(named.test.pictures.length, "image")}, measured once, when the bundle is written`;
    choices.push({ option: "test", value: places.test ?? null, reason });
  }
  if (!config) choices.push(...splitChoices(sets, heldOut), ...(await tellCopies(sets, places)));
  if (engine.note !== undefined) choices.push({ option: "engine", value: null, reason: engine.note });
  let features = config?.features;
  let settings = config?.settings;
  if (settings === undefined) {
    const recipe = new Recipe(options, { ...facts, imageCount: training.pictures.length }, places);
    await reopen(recipe.early);
    net = networkOf(recipe.early, undefined)(recipe.early.size);
    // A new classifier learns well only if it begins, and alone also goes on, as suits features, which differ a hundredfold.
    if (recipe.needsFeatures) features = await featureScale(training, net, engine);
    const settled = recipe.settle(features);
    settings = settled.settings;
    choices.push(...settled.choices);
    net = networkOf(settings, features)(settings.size);
  }
  if (!config) choices.push(...preprocessing(net, backbone));
  const { loss, choices: ofLoss } = lossOf(settings, training);
  if (!config) choices.push(...ofLoss);
  const trainable = trainableWeights(net, settings.freeze);
  const stages = stagesOf(net);
  const phases = phasesOf(stages, trainable, settings);
  choices.push(
    ...tellRates(stages, phases[phases.length - 1].trainable, settings),
    ...tellPhases(phases, stages, trainable),
    ...(config ? differences(config, options, engine) : []),
  );
  return {
    settings: {
      ...settings,
      threads,
      workers: options.workers ?? settings.workers,
      saveEvery: options.saveEvery ?? settings.saveEvery,
      cacheLimit: options.cacheLimit ?? settings.cacheLimit,
    },
    choices,
    training,
    validation,
    heldOut,
    nearCopies: sets.nearCopies,
    network: net,
    networkAt: networkOf(settings, features),
    stages,
    phases,
    loss,
    fingerprints: fingerprints(training, validation, net.graph),
    engine,
    features,
  };
}

/**
 * Waits for both; the second one, which may be a download, only for a moment if the first one has failed.
 * @throws UserError with what is wrong with either; another error as it is
 */
async function allOf<A, B>(
  a: Promise<A>,
  start: (signal: AbortSignal) => Promise<B>,
  outer: AbortSignal | undefined,
): Promise<[A, B]> {
  const stop = new AbortController();
  const b = start(outer ? AbortSignal.any([outer, stop.signal]) : stop.signal);
  const hurried = a.catch((error: unknown) => {
    setTimeout(() => stop.abort(error), MOMENT).unref();
    throw error;
  });
  const [first, second] = await Promise.allSettled([hurried, b]);
  if (stop.signal.aborted && first.status === "rejected") throw first.reason;
  const failures = [first, second].flatMap((each) =>
    each.status === "rejected" ? [each.reason as unknown] : [],
  );
  const fault = failures.find((failure) => !(failure instanceof UserError));
  if (fault !== undefined) throw fault;
  if (failures.length > 1) {
    throw new UserError(
      "This run cannot begin:",
      failures.map((failure) => (failure as UserError).message),
    );
  }
  if (failures.length > 0) throw failures[0];
  return [(first as PromiseFulfilledResult<A>).value, (second as PromiseFulfilledResult<B>).value];
}

interface BackboneChoice {
  places: Places;
  seed: number;
  size: number | undefined;
  frozen: boolean;
}

function backboneOf(
  { places, seed, size, frozen }: BackboneChoice,
  { emit, signal }: Hooks<DownloadEvent>,
): Promise<Backbone> {
  return openBackbone({
    ...places,
    frozen,
    size,
    seed,
    signal,
    onProgress: ({ received, total }) =>
      emit({ event: "download", file: `${places.backbone} weights`, received, total }),
  });
}

/** What the recipe depends on; the number of images as it will be, within one or two, when a part is set aside. */
function factsOf(
  { data, val }: NamedSets,
  { graph, preprocess, untrainable }: Backbone,
  places: Places,
): Facts {
  const { length } = data.pictures;
  const modules = weightsOf(graph);
  const attends = graph.nodes.some(({ op }) => op === "Softmax" || /Attention$/.test(op));
  return {
    imageCount: val === undefined ? Math.round((1 - HELD_OUT) * length) : length,
    cores: availableParallelism(),
    pretrained: places.weights !== "none",
    nativeSize: preprocess.crop,
    architecture: attends ? "transformer" : "convolutional",
    untrainable,
    normalizes: graph.nodes.some(({ op }) => op === "BatchNormalization"),
    isWholeBackbone: (name) => freezesAll(graph, name),
    hasModule: (name) => modules.some((weight) => isWithin(weight, name)),
  };
}

/** @throws UserError with all options that cannot go together, or with the data's labels */
function checkedEarly(
  options: CheckedOptions,
  facts: Facts,
  places: Places,
  { data }: NamedSets,
): EarlySettings {
  const { early, problems } = new Recipe(options, facts, places);
  const all = [...problems];
  try {
    lossOf(early, data);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (all.length === 0) throw error;
    all.push(...error.problems);
  }
  if (all.length > 0) throw new UserError("These options do not go together:", all, { code: "OPTIONS" });
  return early;
}

function preprocessing(net: Network, { notes = [] }: Backbone): Choice[] {
  const told = [`preprocessing: ${describe(net.preprocess)}`, ...notes];
  return told.map((reason) => ({ option: "interpolation", value: null, reason }));
}

function splitChoices({ training, validation }: ReadSets, heldOut: boolean): Choice[] {
  if (!heldOut) return [];
  const { length } = validation.pictures;
  const share = Math.round((100 * length) / (length + training.pictures.length));
  const reason =
    `validation: ${count(length, "image")} (${share} %), chosen so that each label keeps its share; the run lists ` +
    "both parts in training.csv and validation.csv";
  return [{ option: "val", value: null, reason }];
}

/** What makes a run that continues differ from an unbroken one. */
function differences(
  { settings, engine: before }: Config,
  { threads }: CheckedOptions,
  engine: Engine,
): Choice[] {
  const told: Choice[] = [];
  if (threads !== undefined && threads !== settings.threads) {
    const reason =
      `the run was begun with --threads ${settings.threads} and continues with ${threads}: sums may be rounded ` +
      "differently, so the weights may differ in their last bits from those of an unbroken run";
    told.push({ option: "threads", value: null, reason });
  }
  if (before !== engine.description) {
    const reason =
      `the run was begun on ${before}, and this is ${engine.description}: the weights will not be, bit for bit, those ` +
      "of an unbroken run";
    told.push({ option: "engine", value: null, reason });
  }
  return told;
}
