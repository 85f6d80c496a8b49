// Vision transformers, from one configuration: ViT and DeiT, DINOv2, and the image towers of CLIP and SigLIP.
//
// Weights bear timm's names. Dosovitskiy et al. 2020, arXiv:2010.11929; DINOv2: Oquab et al. 2023, arXiv:2304.07193,
// registers: Darcet et al. 2023, arXiv:2309.16588; SigLIP: Zhai et al. 2023, arXiv:2303.15343.
import type { Graph } from "../../graph/graph.js";
import { type Activation, Layers } from "./layers.js";

export interface VitArchitecture {
  /** The side of the images that the position embeddings were learned at, in pixels. */
  readonly size: number;
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Whether a class token stands before the patches; without one the attention pool gives the features. */
  readonly classToken: boolean;
  readonly registers?: number;
  /** Of each block's two branches, a factor for each channel. */
  readonly layerScale?: boolean;
  /** A normalization before the first block, and no bias of the patches: CLIP's. */
  readonly clip?: boolean;
  readonly activation: Activation;
  readonly epsilon: number;
}

/** @returns the graph, and the value with the map of the patches */
export function vit(architecture: VitArchitecture, size: number): { graph: Graph; map: string } {
  const { patch, width, depth, classToken, registers = 0, clip = false, epsilon } = architecture;
  const layers = new Layers();
  const side = Math.floor(size / patch);
  const patches = side * side;
  const bias = !clip;
  const embedded = layers.conv("patch_embed.proj", layers.input(), {
    ...{ from: 3, to: width, kernel: patch, stride: patch, pad: 0, bias },
  });
  let x = layers.transpose(
    "patch_embed",
    layers.reshape("patch_embed.flat", embedded, [0, width, patches]),
    [0, 2, 1],
  );
  const batch = () => layers.node("Shape", "batch", [embedded], { start: 0, end: 1 });
  const before = (name: string, tokens: string, count: number, rest: string) => {
    const shape = layers.node(
      "Concat",
      `${name}.shape`,
      [batch(), layers.builder.ints([count, width], `${name}.rest`)],
      {
        axis: 0,
      },
    );
    return layers.node("Concat", name, [layers.node("Expand", `${name}.all`, [tokens, shape]), rest], {
      axis: 1,
    });
  };
  if (classToken) x = before("tokens", layers.weight("cls_token", 1, 1, width), 1, x);
  const positions = patches + (classToken ? 1 : 0);
  x = layers.add("positions", x, layers.weight("pos_embed", 1, positions, width));
  if (registers > 0) x = withRegisters(layers, x, architecture, positions, before);
  if (clip) x = layers.layerNorm("norm_pre", x, width, epsilon);
  const tokens = positions + registers;
  for (let i = 0; i < depth; i++) x = block(layers, `blocks.${i}`, x, tokens, architecture);
  x = layers.layerNorm("norm", x, width, epsilon);
  const leading = tokens - patches;
  const map = mapOf(layers, x, { leading, tokens, width, side });
  const features = classToken ? first(layers, "class", x) : attentionPool(layers, x, tokens, architecture);
  return { graph: layers.finish(features, width), map };
}

function withRegisters(
  layers: Layers,
  x: string,
  { width, registers = 0 }: VitArchitecture,
  positions: number,
  before: (name: string, tokens: string, count: number, rest: string) => string,
): string {
  const own = layers.weight("reg_token", 1, registers, width);
  const cls = range(layers, "cls", x, 0, 1);
  const rest = range(layers, "rest", x, 1, positions);
  return layers.node("Concat", "registered", [cls, before("registers", own, registers, rest)], { axis: 1 });
}

/** Tokens from `start` to before `end`. */
function range(layers: Layers, name: string, x: string, start: number, end: number): string {
  const bound = (value: number, part: string) => layers.builder.ints([value], `${name}.${part}`);
  return layers.node("Slice", name, [x, bound(start, "start"), bound(end, "end"), bound(1, "axis")]);
}

/** The first token, [N, width]. */
function first(layers: Layers, name: string, x: string): string {
  const index = layers.builder.initializer(`${name}.index`, {
    type: "int64",
    shape: [],
    data: BigInt64Array.of(0n),
  });
  return layers.node("Gather", name, [x, index], { axis: 1 });
}

function mapOf(
  layers: Layers,
  x: string,
  { leading, tokens, width, side }: { leading: number; tokens: number; width: number; side: number },
): string {
  const patches = leading > 0 ? range(layers, "patches", x, leading, tokens) : x;
  return layers.reshape("map", layers.transpose("patches.turned", patches, [0, 2, 1]), [
    0,
    width,
    side,
    side,
  ]);
}

/** x + f(norm1(x)), then x + g(norm2(x)). */
function block(
  layers: Layers,
  name: string,
  x: string,
  tokens: number,
  architecture: VitArchitecture,
): string {
  const { width, epsilon, layerScale, activation } = architecture;
  const branch = (value: string, i: number) =>
    layerScale ? layers.mul(`${name}.ls${i}`, value, layers.weight(`${name}.ls${i}.gamma`, width)) : value;
  const normal = layers.layerNorm(`${name}.norm1`, x, width, epsilon);
  const attended = attention(layers, `${name}.attn`, normal, tokens, architecture);
  const middle = layers.add(`${name}.add1`, x, branch(attended, 1));
  const again = layers.layerNorm(`${name}.norm2`, middle, width, epsilon);
  return layers.add(`${name}.add2`, middle, branch(mlp(layers, `${name}.mlp`, again, width, activation), 2));
}

function mlp(layers: Layers, name: string, x: string, width: number, activation: Activation): string {
  const wide = layers.linear(`${name}.fc1`, x, width, 4 * width);
  return layers.linear(`${name}.fc2`, layers.activation(activation, `${name}.act`, wide), 4 * width, width);
}

/** softmax(q kᵀ / √d) v, by heads. */
function attention(
  layers: Layers,
  name: string,
  x: string,
  tokens: number,
  { width, heads }: VitArchitecture,
): string {
  const all = layers.linear(`${name}.qkv`, x, width, 3 * width);
  const parts = layers.builder.nodes(
    "Split",
    [all, layers.builder.ints([width, width, width], `${name}.sizes`)],
    {
      name: `${name}.split`,
      outputs: 3,
      attributes: { axis: 2 },
    },
  );
  const each = width / heads;
  const [q, k, v] = parts.map((part, i) => {
    const split = layers.reshape(`${name}.${"qkv"[i]}`, part, [0, tokens, heads, each]);
    return layers.transpose(`${name}.${"qkv"[i]}.heads`, split, i === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3]);
  });
  const mixed = weighted(layers, name, { q, k, v }, each);
  return layers.linear(
    `${name}.proj`,
    layers.reshape(`${name}.joined`, mixed, [0, tokens, width]),
    width,
    width,
  );
}

/** @param k [N, heads, width of a head, tokens] @returns [N, queries, heads, width of a head] */
function weighted(
  layers: Layers,
  name: string,
  { q, k, v }: { q: string; k: string; v: string },
  each: number,
): string {
  const scores = layers.scaled(`${name}.scores`, layers.node("MatMul", `${name}.dots`, [q, k]), each ** -0.5);
  const share = layers.node("Softmax", `${name}.share`, [scores], { axis: -1 });
  return layers.transpose(`${name}.values`, layers.node("MatMul", `${name}.mixed`, [share, v]), [0, 2, 1, 3]);
}

/** SigLIP's: one learned query attends to all tokens, and an MLP follows. */
function attentionPool(layers: Layers, x: string, tokens: number, architecture: VitArchitecture): string {
  const { width, heads, epsilon, activation } = architecture;
  const name = "attn_pool";
  const each = width / heads;
  const query = layers.linear(`${name}.q`, layers.weight(`${name}.latent`, 1, 1, width), width, width);
  const q = layers.transpose(
    `${name}.q.heads`,
    layers.reshape(`${name}.q.split`, query, [1, 1, heads, each]),
    [0, 2, 1, 3],
  );
  const all = layers.linear(`${name}.kv`, x, width, 2 * width);
  const [k, v] = layers.builder
    .nodes("Split", [all, layers.builder.ints([width, width], `${name}.sizes`)], {
      name: `${name}.split`,
      outputs: 2,
      attributes: { axis: 2 },
    })
    .map((part, i) => {
      const split = layers.reshape(`${name}.${"kv"[i]}`, part, [0, tokens, heads, each]);
      return layers.transpose(`${name}.${"kv"[i]}.heads`, split, i === 0 ? [0, 2, 3, 1] : [0, 2, 1, 3]);
    });
  const mixed = layers.reshape(`${name}.joined`, weighted(layers, name, { q, k, v }, each), [0, width]);
  const pooled = layers.linear(`${name}.proj`, mixed, width, width);
  const normal = layers.layerNorm(`${name}.norm`, pooled, width, epsilon);
  return layers.add(`${name}.add`, pooled, mlp(layers, `${name}.mlp`, normal, width, activation));
}

const sizes = {
  tiny: { width: 192, depth: 12, heads: 3 },
  small: { width: 384, depth: 12, heads: 6 },
  base: { width: 768, depth: 12, heads: 12 },
} as const;
const plain = { size: 224, patch: 16, classToken: true, activation: "gelu", epsilon: 1e-6 } as const;
const dino = { ...plain, size: 518, patch: 14, layerScale: true } as const;
const clip = { ...plain, clip: true, activation: "quick-gelu", epsilon: 1e-5 } as const;
const siglip = { ...plain, classToken: false, activation: "gelu-tanh" } as const;

export const vits = {
  "vit-tiny": { ...plain, ...sizes.tiny },
  "vit-small": { ...plain, ...sizes.small },
  "vit-base": { ...plain, ...sizes.base },
  "deit-tiny": { ...plain, ...sizes.tiny },
  "deit-small": { ...plain, ...sizes.small },
  "deit-base": { ...plain, ...sizes.base },
  "dinov2-small": { ...dino, ...sizes.small },
  "dinov2-base": { ...dino, ...sizes.base },
  "dinov2-registers-small": { ...dino, ...sizes.small, registers: 4 },
  "dinov2-registers-base": { ...dino, ...sizes.base, registers: 4 },
  "clip-base-32": { ...clip, ...sizes.base, patch: 32 },
  "clip-base-16": { ...clip, ...sizes.base },
  "siglip-base": { ...siglip, ...sizes.base },
} as const satisfies Record<string, VitArchitecture>;
