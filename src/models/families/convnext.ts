// ConvNeXt: Liu et al. 2022, "A ConvNet for the 2020s", arXiv:2201.03545; the smaller ones are timm's. Its names are timm's.
import type { Graph } from "../../graph/graph.js";
import { Layers } from "./layers.js";

export interface ConvNextArchitecture {
  readonly depths: readonly [number, number, number, number];
  readonly widths: readonly [number, number, number, number];
}

const EPSILON = 1e-6;

export function convNext({ depths, widths }: ConvNextArchitecture): Graph {
  const layers = new Layers();
  let x = layers.conv("stem.0", layers.input(), {
    from: 3,
    to: widths[0],
    kernel: 4,
    stride: 4,
    pad: 0,
    bias: true,
  });
  x = mapNorm(layers, "stem.1", x, widths[0]);
  depths.forEach((depth, stage) => {
    const width = widths[stage];
    const name = `stages.${stage}`;
    if (stage > 0) {
      const from = widths[stage - 1];
      x = mapNorm(layers, `${name}.downsample.0`, x, from);
      x = layers.conv(`${name}.downsample.1`, x, {
        from,
        to: width,
        kernel: 2,
        stride: 2,
        pad: 0,
        bias: true,
      });
    }
    for (let i = 0; i < depth; i++) x = block(layers, `${name}.blocks.${i}`, x, width);
  });
  const [width] = widths.slice(-1);
  return layers.finish(layers.layerNorm("head.norm", layers.pooled(x), width, EPSILON), width);
}

/** LayerNormalization over the channels of a map. */
function mapNorm(layers: Layers, name: string, x: string, width: number): string {
  const last = layers.transpose(`${name}.last`, x, [0, 2, 3, 1]);
  return layers.transpose(`${name}.map`, layers.layerNorm(name, last, width, EPSILON), [0, 3, 1, 2]);
}

function block(layers: Layers, name: string, x: string, width: number): string {
  const wide = layers.conv(`${name}.conv_dw`, x, {
    from: width,
    to: width,
    kernel: 7,
    groups: width,
    bias: true,
  });
  let y = layers.transpose(`${name}.last`, wide, [0, 2, 3, 1]);
  y = layers.layerNorm(`${name}.norm`, y, width, EPSILON);
  y = layers.activation("gelu", `${name}.mlp.act`, layers.linear(`${name}.mlp.fc1`, y, width, 4 * width));
  y = layers.linear(`${name}.mlp.fc2`, y, 4 * width, width);
  y = layers.mul(`${name}.scaled`, y, layers.weight(`${name}.gamma`, width));
  return layers.add(`${name}.add`, layers.transpose(`${name}.map`, y, [0, 3, 1, 2]), x);
}

export const convNexts = {
  "convnext-atto": { depths: [2, 2, 6, 2], widths: [40, 80, 160, 320] },
  "convnext-femto": { depths: [2, 2, 6, 2], widths: [48, 96, 192, 384] },
  "convnext-pico": { depths: [2, 2, 6, 2], widths: [64, 128, 256, 512] },
  "convnext-nano": { depths: [2, 2, 8, 2], widths: [80, 160, 320, 640] },
  "convnext-tiny": { depths: [3, 3, 9, 3], widths: [96, 192, 384, 768] },
  "convnext-small": { depths: [3, 3, 27, 3], widths: [96, 192, 384, 768] },
  "convnext-base": { depths: [3, 3, 27, 3], widths: [128, 256, 512, 1024] },
} as const satisfies Record<string, ConvNextArchitecture>;
