// MobileNetV3 small and large, under torchvision's names. Howard et al. 2019, arXiv:1905.02244, tables 1 and 2.
import type { Graph } from "../../graph/graph.js";
import { convNorm, divisible, inverted } from "./inverted.js";
import { Layers } from "./layers.js";

/** [channels from, kernel, expanded, channels to, squeeze-and-excitation, hard swish in place of ReLU, stride] */
type Block = readonly [number, number, number, number, boolean, boolean, number];

export interface MobileNetArchitecture {
  readonly blocks: readonly Block[];
  /** Of the layer before the classifier. */
  readonly width: number;
}

const norm = { epsilon: 1e-3, momentum: 0.01 };

export const mobileNets = {
  "mobilenet-v3-small": {
    blocks: [
      [16, 3, 16, 16, true, false, 2],
      [16, 3, 72, 24, false, false, 2],
      [24, 3, 88, 24, false, false, 1],
      [24, 5, 96, 40, true, true, 2],
      [40, 5, 240, 40, true, true, 1],
      [40, 5, 240, 40, true, true, 1],
      [40, 5, 120, 48, true, true, 1],
      [48, 5, 144, 48, true, true, 1],
      [48, 5, 288, 96, true, true, 2],
      [96, 5, 576, 96, true, true, 1],
      [96, 5, 576, 96, true, true, 1],
    ],
    width: 1024,
  },
  "mobilenet-v3-large": {
    blocks: [
      [16, 3, 16, 16, false, false, 1],
      [16, 3, 64, 24, false, false, 2],
      [24, 3, 72, 24, false, false, 1],
      [24, 5, 72, 40, true, false, 2],
      [40, 5, 120, 40, true, false, 1],
      [40, 5, 120, 40, true, false, 1],
      [40, 3, 240, 80, false, true, 2],
      [80, 3, 200, 80, false, true, 1],
      [80, 3, 184, 80, false, true, 1],
      [80, 3, 184, 80, false, true, 1],
      [80, 3, 480, 112, true, true, 1],
      [112, 3, 672, 112, true, true, 1],
      [112, 5, 672, 160, true, true, 2],
      [160, 5, 960, 160, true, true, 1],
      [160, 5, 960, 160, true, true, 1],
    ],
    width: 1280,
  },
} as const satisfies Record<string, MobileNetArchitecture>;

/** The classifier's first layer is part of it: the features are what the last one takes. */
export function mobileNet({ blocks, width }: MobileNetArchitecture): Graph {
  const layers = new Layers();
  let x = convNorm(
    layers,
    "features.0",
    layers.input(),
    { from: 3, to: 16, kernel: 3, stride: 2 },
    "hard-swish",
    norm,
  );
  let channels = 16;
  for (const [i, [from, kernel, expanded, to, squeezes, swish, stride]] of blocks.entries()) {
    x = inverted(layers, `features.${i + 1}`, x, {
      ...{ from, expanded, to, kernel, stride, norm, activation: swish ? "hard-swish" : "relu" },
      squeeze: squeezes
        ? { squeezed: divisible(Math.floor(expanded / 4)), activation: "relu", gate: "hard-sigmoid" }
        : undefined,
    });
    channels = to;
  }
  const last = 6 * channels;
  const name = `features.${blocks.length + 1}`;
  x = convNorm(layers, name, x, { from: channels, to: last, kernel: 1 }, "hard-swish", norm);
  const first = layers.linear("classifier.0", layers.pooled(x), last, width);
  return layers.finish(layers.activation("hard-swish", "classifier.1", first), width);
}
