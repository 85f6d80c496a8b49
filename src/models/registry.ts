// Registry: a backbone with its weights, by name or by file.
import { UserError } from "../base/errors.js";
import { nearestFirst } from "../base/nearest.js";
import { float32 } from "../graph/tensor.js";
import type { Backbone } from "./backbone.js";
import { meantBy, type NamedNetwork, namedNetworks, preprocessAt } from "./families/index.js";
import { frozenBackbone } from "./frozen/frozen-backbone.js";
import { HubRepository, parseRepository } from "./hub/hub.js";
import { knownNetwork } from "./hub/known-network.js";
import { hubOnnx } from "./hub/network-files.js";
import { initialise } from "./init.js";
import { isWithin } from "./modules.js";
import { onnxBackbone } from "./onnx-backbone.js";
import { parametersOf } from "./parameters.js";
import { type PreprocessOptions, withOptions as withPreprocess } from "./preprocess.js";
import { jsonIn, preprocessBeside } from "./preprocess-config.js";
import { type ResnetName, resnet, resnets } from "./resnet.js";
import type { DownloadProgress } from "./weights/download.js";
import type { StateDict } from "./weights/elements.js";
import { type ImagenetName, imagenet, imagenetWeights, torchvisionWeights } from "./weights/imagenet.js";
import { isCounter, matchWeights } from "./weights/match.js";
import { readStateDict } from "./weights/state-dict.js";

/** Which weights a backbone begins with. */
export interface WeightOptions {
  /**
   * `imagenet`: torchvision's, downloaded once (default for resnet18 to 152); `none`: drawn from the seed;
   * another string: a file (`.pth`, `.th`, `.safetensors`, `.onnx`). An `.onnx` backbone has its own by default.
   */
  weights?: "imagenet" | "none" | (string & {});
  /** Of the weights that are drawn. Default 1. */
  seed?: number;
  /** Of a download. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Ends a download. */
  signal?: AbortSignal;
}

/** Which backbone, with which weights. */
export interface BackboneOptions extends WeightOptions, PreprocessOptions {
  /**
   * resnet18, 34, 50, 101, 152, resnet10-small, the path of an `.onnx` file, or `hf:OWNER/NAME[@REVISION]`, a
   * repository of the Hugging Face hub.
   */
  backbone: string;
  /** Of a repository: its ONNX file; default: `onnx/model.onnx`. */
  file?: string;
  /**
   * Of a file: run it as it is, whatever operators it has; it can't be trained then. Default: only where its
   * operators leave nothing else.
   */
  frozen?: boolean;
  /**
   * Of a file that is run as it is: which of its values holds the features, `NAME`, or for tokens `NAME:cls` or
   * `NAME:mean`. Default: what its outputs are called, or its last linear layer takes.
   */
  features?: string;
  /** Of a file that is run as it is: the side of the images, in pixels. */
  size?: number;
}

/** What classifiers are commonly called in files; such weights in a file are left aside. */
const classifiers = ["fc", "classifier", "head", "logits"];

/**
 * The backbone with the weights of a file. Its old classifier and the counters of BatchNormalization are left
 * aside.
 * @throws UserError if the file is none of weights, or they do not fit: all differences at once, by name
 */
export async function withWeights(
  backbone: Backbone,
  path: string,
  adapt = (weights: StateDict) => weights,
): Promise<Backbone> {
  const graph = backbone.graph.clone();
  const wanted = new Map(
    parametersOf(graph).map(({ name }) => [name, graph.initializers.get(name)?.shape ?? []]),
  );
  const optional = (name: string) =>
    isCounter(name) ||
    (!wanted.has(name) && [backbone.classifier, ...classifiers].some((module) => isWithin(name, module)));
  const found = adapt(await readStateDict(path));
  const matched = matchWeights(wanted, found, { source: path, optional });
  for (const [name, data] of matched) graph.initializers.set(name, float32(wanted.get(name) ?? [], data));
  return { ...backbone, graph };
}

function isResnet(name: string): name is ResnetName {
  return Object.hasOwn(resnets, name);
}

function isPublished(name: string): name is ImagenetName {
  return Object.hasOwn(imagenet, name);
}

async function openResnet(
  name: ResnetName,
  { weights = isPublished(name) ? "imagenet" : "none", seed = 1, onProgress, signal }: WeightOptions,
): Promise<Backbone> {
  if (weights === "none") return resnet(name, { seed });
  if (weights !== "imagenet") return withWeights(resnet(name), weights);
  if (!isPublished(name)) {
    throw new UserError(
      `There are no ImageNet weights for ${name}; there are for ${Object.keys(imagenet).join(", ")}. ` +
        "Choose one of these, or the weights none, or a file.",
    );
  }
  const path = await imagenetWeights(name, { onProgress, signal });
  return { ...(await withWeights(resnet(name), path)), preprocess: imagenet[name].preprocess };
}

async function openFile(path: string, options: Omit<BackboneOptions, "backbone">): Promise<Backbone> {
  const { weights, seed = 1, frozen = options.features !== undefined, features, size } = options;
  if (weights === "imagenet") {
    throw new UserError(
      `The weights imagenet are for ${Object.keys(imagenet).join(", ")}; ${path} has weights of its own. ` +
        "Leave the weights out to begin with those, or name a file, or none to draw new ones.",
    );
  }
  const found = await preprocessBeside(path);
  const preprocess = found?.preprocess;
  const notes = [found ? `preprocessing from ${found.source}` : unsaid(options)];
  const asItIs = async (untrainable?: string): Promise<Backbone> => {
    const backbone = await frozenBackbone(path, { features, size, preprocess });
    return { ...backbone, notes: [...(backbone.notes ?? []), ...notes], untrainable };
  };
  if (frozen && weights === undefined) return asItIs();
  let backbone: Backbone;
  try {
    backbone = { ...(await onnxBackbone(path, preprocess)), notes };
  } catch (error) {
    if (!(error instanceof UserError) || weights !== undefined) throw error;
    return asItIs([error.message, ...error.problems].join("\n  "));
  }
  if (weights === undefined) return backbone;
  if (weights === "none") return { ...backbone, graph: initialise(backbone.graph, seed) };
  return withWeights(backbone, weights);
}

/** Trained weights: what the publisher offers, which of most is ImageNet's. */
const isPretrained = (weights: string) => weights === "imagenet" || weights === "pretrained";

async function openKnown(
  known: NamedNetwork,
  { weights = "pretrained", seed = 1, size, onProgress, signal }: Omit<BackboneOptions, "backbone">,
): Promise<Backbone> {
  const { name, classifier, source } = known;
  const preprocess = preprocessAt(known, size);
  const { graph: empty, map } = known.build(preprocess.crop);
  empty.name = name;
  const features = Number(empty.outputs[0].shape[1]);
  const onlySize = known.sized ? preprocess.crop : undefined;
  const backbone: Backbone = { name, graph: empty, features, classifier, preprocess, map, onlySize };
  if (weights === "none") return { ...backbone, graph: initialise(empty, seed) };
  let path = weights;
  if (isPretrained(weights)) {
    if ("repository" in source) {
      const text = `hf:${source.repository}`;
      path = await weightsFile(new HubRepository(parseRepository(text), { onProgress, signal }));
    } else path = await torchvisionWeights(name, source.torchvision, source.sha256, { onProgress, signal });
  }
  return withWeights(backbone, path, (found) => known.adapt(found, preprocess.crop));
}

/** The state dict of a repository. */
async function weightsFile(repository: HubRepository): Promise<string> {
  return (
    (await repository.optionalFile("model.safetensors")) ??
    (await repository.optionalFile("pytorch_model.bin")) ??
    repository.file("model.safetensors")
  );
}

/** @param text `hf:OWNER/NAME[@REVISION]` */
async function openFromHub(text: string, options: Omit<BackboneOptions, "backbone">): Promise<Backbone> {
  const repository = parseRepository(text);
  const { onProgress, signal, file } = options;
  const { name } = repository;
  const hub = new HubRepository(repository, { onProgress, signal });
  const config = await hub.optionalFile("config.json");
  const images = await hub.optionalFile("preprocessor_config.json");
  if (file === undefined && config !== undefined) {
    const found = await preprocessBeside(images ?? config);
    const known = knownNetwork(name, await jsonIn(config), found?.preprocess);
    if (known) {
      const { weights } = options;
      const own = weights === undefined || isPretrained(weights) ? await weightsFile(hub) : weights;
      const notes = found ? [`preprocessing from ${found.source}`] : [];
      return { ...(await openKnown(known, { ...options, weights: own })), notes };
    }
  }
  const path = await hubOnnx(hub, file);
  return { ...(await openFile(path, options)), name };
}

/** What is to be known where nothing tells how images are prepared. */
function unsaid({ mean, std }: PreprocessOptions): string {
  return mean !== undefined && std !== undefined
    ? "mean and std as you gave them"
    : "no file beside the network tells its mean and std, so that they are taken to be ImageNet's; --mean and --std set them";
}

/**
 * A backbone by its name, or from an `.onnx` file.
 * @throws UserError for an unknown name, or weights that can't be had or don't fit
 */
export async function openBackbone({ backbone, ...options }: BackboneOptions): Promise<Backbone> {
  const opened = await openNamed(backbone, options);
  return { ...opened, preprocess: withPreprocess(opened.preprocess, options) };
}

async function openNamed(backbone: string, options: Omit<BackboneOptions, "backbone">): Promise<Backbone> {
  if (isResnet(backbone)) return openResnet(backbone, options);
  const known = namedNetworks.get(backbone);
  if (known) return openKnown(known, options);
  if (backbone.startsWith("hf:")) return openFromHub(backbone, options);
  if (/\.onnx$/i.test(backbone)) return openFile(backbone, options);
  const names = [...Object.keys(resnets), ...namedNetworks.keys()];
  const meant = meantBy(backbone) ?? nearestFirst(backbone, names)[0];
  throw new UserError(
    `There is no backbone "${backbone}". Did you mean ${meant}? There are ${names.join(", ")}, any .onnx file, and ` +
      "hf:OWNER/NAME, a repository of the Hugging Face hub.",
  );
}

/** ResNet-18: 11.2 million weights without the classifier, 512 features. */
export const resnet18 = (options: WeightOptions = {}) => openResnet("resnet18", options);
/** ResNet-34: 21.3 million weights without the classifier, 512 features. */
export const resnet34 = (options: WeightOptions = {}) => openResnet("resnet34", options);
/** ResNet-50: 23.5 million weights without the classifier, 2048 features. */
export const resnet50 = (options: WeightOptions = {}) => openResnet("resnet50", options);
/** ResNet-101: 42.5 million weights without the classifier, 2048 features. */
export const resnet101 = (options: WeightOptions = {}) => openResnet("resnet101", options);
/** ResNet-152: 58.1 million weights without the classifier, 2048 features. */
export const resnet152 = (options: WeightOptions = {}) => openResnet("resnet152", options);
