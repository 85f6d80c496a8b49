// Network: a backbone with a new classifier, from pictures as a decoder gives them to logits.
import { UserError } from "../base/errors.js";
import { random } from "../base/random.js";
import { GraphBuilder } from "../graph/builder.js";
import type { Graph } from "../graph/graph.js";
import { elementTypes } from "../graph/onnx-types.js";
import { decompose, isYounger } from "../graph/passes/decompose.js";
import { prune } from "../graph/passes/prune.js";
import { foldSizes } from "../graph/passes/sizes.js";
import { inferShapes } from "../graph/shapes.js";
import { float32 } from "../graph/tensor.js";
import { atInputSize, type Backbone, featureWidth } from "./backbone.js";
import { averageHead } from "./heads/average.js";
import type { FeatureMap, Head } from "./heads/head.js";
import { type Initializer, kaimingNormal } from "./init.js";
import { atSize, type Preprocess } from "./preprocess.js";

/** A backbone with its head: from pictures to logits. */
export interface Network {
  /** Input `image`: uint8 or float32 ["N", size, size, 3], RGB, 0 … 255. Output `logits`: float32 ["N", labels]. */
  readonly graph: Graph;
  /** The backbone's name. */
  readonly backbone: string;
  /** The module of the head's weights: `${classifier}.weight`, `${classifier}.bias`. */
  readonly classifier: string;
  /** The width of the backbone's features. */
  readonly features: number;
  readonly labels: number;
  /** The side of the pictures, in pixels. */
  readonly size: number;
  readonly preprocess: Preprocess;
}

/** What is put on a backbone. */
export interface NetworkOptions {
  labels: number;
  /** What makes logits of the features; default: one linear layer behind the average over the picture. */
  head?: Head;
  /** Of the head's weights; biases are zero. Default: Kaiming normal, fan-in, gain √2. */
  init?: Initializer;
  /** Default 1. */
  seed?: number;
  /** The side of the pictures, in pixels; default: the backbone's own. */
  size?: number;
}

function positiveInteger(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new UserError(`${name} is ${value}; a whole number of 1 or more is wanted.`);
}

/** Adds (image − mean) / std, channels first, and returns the value that the backbone takes. */
function normalise(builder: GraphBuilder, { mean, std }: Preprocess): string {
  const perChannel = (part: string, values: readonly number[]) =>
    builder.initializer(
      `preprocess.${part}`,
      float32(
        [3, 1, 1],
        values.map((value) => 255 * value),
      ),
    );
  // Turned while it is still bytes: a quarter of the memory to move.
  const turned = builder.node("Transpose", ["image"], {
    name: "preprocess.channels",
    attributes: { perm: [0, 3, 1, 2] },
  });
  const pixels = builder.node("Cast", [turned], {
    name: "preprocess.cast",
    attributes: { to: elementTypes.float32.code },
  });
  const centred = builder.node("Sub", [pixels, perChannel("mean", mean)], { name: "preprocess.centre" });
  return builder.node("Div", [centred, perChannel("std", std)], {
    name: "preprocess.scale",
    outputs: ["input"],
  });
}

/** What a backbone pools over the image to get its features. @throws UserError if it does not do so at its end */
function mapOf({ graph, name, map }: Backbone, size: number): FeatureMap {
  const makers = graph.producers();
  let node = makers.get(graph.outputs[0].name);
  while (node && ["Flatten", "Identity", "Dropout"].includes(node.op)) node = makers.get(node.inputs[0]);
  const value = map ?? (node?.op === "GlobalAveragePool" ? node.inputs[0] : undefined);
  const shape = value === undefined ? [] : (inferShapes(atInputSize(graph, size)).get(value)?.shape ?? []);
  const [, , height, width] = shape;
  if (value !== undefined && typeof height === "number" && typeof width === "number") {
    return { value, height, width };
  }
  throw new UserError(
    `${name} does not end with an average over the picture, so there is nothing that this head could pool ` +
      "otherwise. Choose the head average or mlp.",
  );
}

/**
 * The backbone with a head of its own: of its features one logit a label, by default features · weightᵀ + bias.
 * The normalisation is part of the graph. The logits are no probabilities: the loss takes them as they are
 * (that is what keeps it exact), and the sigmoid is applied by whoever wants probabilities.
 * @throws UserError if the number of labels or the size can't be, or the backbone can't take such pictures
 */
export function network(
  backbone: Backbone,
  {
    labels,
    head = averageHead(),
    init = kaimingNormal(),
    seed = 1,
    size = backbone.preprocess.crop,
  }: NetworkOptions,
): Network {
  positiveInteger("The number of labels", labels);
  positiveInteger("The size of the pictures", size);
  const { classifier, name, onlySize = size } = backbone;
  if (onlySize !== size) {
    throw new UserError(`${name} was opened for images of ${onlySize} pixels, and ${size} are wanted.`);
  }
  const features = featureWidth(backbone.graph, size, name);
  if (features !== backbone.features) {
    throw new UserError(
      `${name} has ${backbone.features} features for pictures of ${backbone.preprocess.crop} pixels but ` +
        `${features} at ${size}: it takes one size only. Leave out the size.`,
    );
  }
  const graph = backbone.graph.clone();
  const builder = new GraphBuilder(graph);
  const trunk = graph.nodes;
  graph.nodes = [];
  graph.inputs = [];
  graph.outputs = [];
  const preprocess = atSize(backbone.preprocess, size);
  builder.input({ name: "image", type: "uint8", shape: ["N", size, size, 3] });
  normalise(builder, preprocess);
  graph.nodes.push(...trunk);
  head.build({
    builder,
    features: "features",
    width: features,
    labels,
    module: classifier,
    map: () => mapOf(backbone, size),
    weight(own, shape, part = 1) {
      const weight = `${classifier}.${own}`;
      const values = init(shape, random(seed, "initialise", weight));
      return builder.initializer(weight, float32(shape, part === 1 ? values : values.map((v) => part * v)));
    },
    bias: (part, length) =>
      builder.initializer(`${classifier}.${part}`, float32([length], new Float32Array(length))),
  });
  builder.output({ name: "logits", type: "float32", shape: ["N", labels] });
  // A head that pools otherwise leaves the average without use. A bundle holds operators of our set alone.
  return {
    graph: foldSizes(decompose(prune(graph), isYounger)),
    backbone: name,
    classifier,
    features,
    labels,
    size,
    preprocess,
  };
}

/** The same network for pictures in another type of number; the scale stays 0 … 255. */
export function withImageType(net: Network, type: "uint8" | "float32"): Network {
  const graph = net.graph.clone();
  graph.inputs = graph.inputs.map((input) => (input.name === "image" ? { ...input, type } : input));
  return { ...net, graph };
}
