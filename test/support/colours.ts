// A network that can be computed by hand, and pictures for it: how red, green and blue a picture is.
import sharp from "sharp";
import { GraphBuilder } from "../../src/graph/builder.js";
import { Graph } from "../../src/graph/graph.js";
import { float32 } from "../../src/graph/tensor.js";
import type { Backbone } from "../../src/models/backbone.js";
import { type Network, network } from "../../src/models/network.js";

export const colours = ["red", "green", "blue"] as const;

/** Weight and bias of the classifier: the logit of a label is 10 · (colour / 255) − 5. */
const GAIN = 10;
const BIAS = -5;

/** Its features are the mean red, green and blue of a picture, 0 … 1. */
export function colourNetwork(size = 8): Network {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  builder.input({ name: "input", type: "float32", shape: ["N", 3, "H", "W"] });
  const mean = builder.node("GlobalAveragePool", ["input"]);
  builder.node("Flatten", [mean], { attributes: { axis: 1 }, outputs: ["features"] });
  builder.output({ name: "features", type: "float32", shape: ["N", 3] });
  const backbone: Backbone = {
    name: "colours",
    graph,
    features: 3,
    classifier: "fc",
    preprocess: { resize: size, crop: size, interpolation: "bilinear", mean: [0, 0, 0], std: [1, 1, 1] },
  };
  const net = network(backbone, { labels: colours.length });
  const weight = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => (i === j ? GAIN : 0)));
  net.graph.initializers.set("fc.weight", float32([3, 3], weight));
  net.graph.initializers.set("fc.bias", float32([3], [BIAS, BIAS, BIAS]));
  return net;
}

/** What the network must say of a picture of one colour, in double. */
export function probabilityOf(colour: number): number {
  return 1 / (1 + Math.exp(-(GAIN * (colour / 255) + BIAS)));
}

/** A picture of one colour: PNG keeps it exactly, JPEG nearly. */
export function plain(
  rgb: readonly [number, number, number],
  format: "png" | "jpeg" = "png",
  width = 12,
  height = 10,
): Promise<Buffer> {
  const [r, g, b] = rgb;
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .toFormat(format)
    .toBuffer();
}
