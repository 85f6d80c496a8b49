// EfficientNet B0 to B4 and V2-S, under torchvision's names. Tan and Le 2019, arXiv:1905.11946; 2021, arXiv:2104.00298.
import type { Graph } from "../../graph/graph.js";
import { convNorm, divisible, inverted, type Norm } from "./inverted.js";
import { Layers } from "./layers.js";

/** [fused, expansion, kernel, stride, channels from, channels to, blocks] */
type Stage = readonly [boolean, number, number, number, number, number, number];

export interface EfficientNetArchitecture {
  readonly stages: readonly Stage[];
  /** Channels behind the last convolution. */
  readonly last: number;
  readonly norm: Norm;
  /** The side of the images that it was made for, in pixels. */
  readonly size: number;
}

const b0: readonly Stage[] = [
  [false, 1, 3, 1, 32, 16, 1],
  [false, 6, 3, 2, 16, 24, 2],
  [false, 6, 5, 2, 24, 40, 2],
  [false, 6, 3, 2, 40, 80, 3],
  [false, 6, 5, 1, 80, 112, 3],
  [false, 6, 5, 2, 112, 192, 4],
  [false, 6, 3, 1, 192, 320, 1],
];

/** B0, wider and deeper. */
function scaledUp(width: number, depth: number, size: number): EfficientNetArchitecture {
  const wide = (channels: number) => divisible(channels * width);
  const stages = b0.map(
    ([fused, expansion, kernel, stride, from, to, blocks]): Stage => [
      ...([fused, expansion, kernel, stride, wide(from), wide(to)] as const),
      Math.ceil(blocks * depth),
    ],
  );
  return { stages, last: 4 * wide(320), norm: {}, size };
}

export const efficientNets = {
  "efficientnet-b0": scaledUp(1, 1, 224),
  "efficientnet-b1": scaledUp(1, 1.1, 240),
  "efficientnet-b2": scaledUp(1.1, 1.2, 288),
  "efficientnet-b3": scaledUp(1.2, 1.4, 300),
  "efficientnet-b4": scaledUp(1.4, 1.8, 380),
  "efficientnet-v2-s": {
    stages: [
      [true, 1, 3, 1, 24, 24, 2],
      [true, 4, 3, 2, 24, 48, 4],
      [true, 4, 3, 2, 48, 64, 4],
      [false, 4, 3, 2, 64, 128, 6],
      [false, 6, 3, 1, 128, 160, 9],
      [false, 6, 3, 2, 160, 256, 15],
    ],
    last: 1280,
    norm: { epsilon: 1e-3 },
    size: 384,
  },
} as const satisfies Record<string, EfficientNetArchitecture>;

export function efficientNet({ stages, last, norm }: EfficientNetArchitecture): Graph {
  const layers = new Layers();
  const [[, , , , stem]] = stages;
  let x = convNorm(
    layers,
    "features.0",
    layers.input(),
    { from: 3, to: stem, kernel: 3, stride: 2 },
    "silu",
    norm,
  );
  let width: number = stem;
  for (const [i, [fused, expansion, kernel, firstStride, from, to, blocks]] of stages.entries()) {
    for (let j = 0; j < blocks; j++) {
      const [input, stride] = j === 0 ? [from, firstStride] : [to, 1];
      const name = `features.${i + 1}.${j}`;
      const expanded = divisible(input * expansion);
      x = fused
        ? fusedBlock(layers, name, x, { from: input, expanded, to, kernel, stride, norm })
        : inverted(layers, name, x, {
            ...{ from: input, expanded, to, kernel, stride, norm, activation: "silu" },
            squeeze: { squeezed: Math.max(1, Math.floor(input / 4)), activation: "silu", gate: "sigmoid" },
          });
    }
    width = to;
  }
  x = convNorm(
    layers,
    `features.${stages.length + 1}`,
    x,
    { from: width, to: last, kernel: 1 },
    "silu",
    norm,
  );
  return layers.finish(layers.pooled(x), last);
}

/** The 1×1 and the depthwise convolution of an inverted residual as one. */
function fusedBlock(
  layers: Layers,
  name: string,
  x: string,
  {
    from,
    expanded,
    to,
    kernel,
    stride,
    norm,
  }: Record<"from" | "expanded" | "to" | "kernel" | "stride", number> & {
    norm: Norm;
  },
): string {
  const wide = expanded === from ? to : expanded;
  let y = convNorm(layers, `${name}.block.0`, x, { from, to: wide, kernel, stride }, "silu", norm);
  if (expanded !== from) {
    y = convNorm(layers, `${name}.block.1`, y, { from: expanded, to, kernel: 1 }, undefined, norm);
  }
  return stride === 1 && from === to ? layers.add(`${name}.add`, y, x) : y;
}
