// Names: state dicts of torchvision and transformers under the names that our graphs have, timm's.
import { sizeOf } from "../../graph/tensor.js";
import type { StateDict, Weight } from "../weights/elements.js";

/** A pattern of a name, and what takes its place; "" drops the weight. */
type Rule = readonly [RegExp, string];

/** The towers of texts, and what only training needs. */
const dropped: readonly Rule[] = [
  [/^(text_model\.|text_projection|visual_projection|logit_scale|logit_bias)/, ""],
  [/(^|\.)(position_ids|mask_token|num_batches_tracked)$/, ""],
];

const vitRules: readonly Rule[] = [
  ...dropped,
  [/^(vit|dinov2|dinov2_with_registers|deit|vision_model|model)\./, ""],
  // torchvision
  [/^class_token$/, "cls_token"],
  [/^conv_proj\./, "patch_embed.proj."],
  [/^encoder\.pos_embedding$/, "pos_embed"],
  [/^encoder\.layers\.encoder_layer_(\d+)\./, "blocks.$1."],
  [/\.ln_(\d)\./, ".norm$1."],
  [/\.self_attention\.in_proj_(weight|bias)$/, ".attn.qkv.$1"],
  [/\.self_attention\.out_proj\./, ".attn.proj."],
  [/\.mlp\.(0|linear_1)\./, ".mlp.fc1."],
  [/\.mlp\.(3|linear_2)\./, ".mlp.fc2."],
  [/^encoder\.ln\./, "norm."],
  [/^heads\.head\./, "head."],
  // transformers
  [/^embeddings\.(cls_token|class_embedding)$/, "cls_token"],
  [/^embeddings\.(position_embeddings|position_embedding\.weight)$/, "pos_embed"],
  [/^(embeddings\.register_tokens|register_tokens)$/, "reg_token"],
  [/^embeddings\.(patch_embeddings\.projection|patch_embedding)\./, "patch_embed.proj."],
  [/^encoder\.layers?\.(\d+)\./, "blocks.$1."],
  [/\.(attention\.attention|self_attn)\.(q|k|v)(uery|ey|alue|_proj)\./, ".attn.$2."],
  [/\.(attention\.output\.dense|self_attn\.out_proj)\./, ".attn.proj."],
  [/\.intermediate\.dense\./, ".mlp.fc1."],
  [/^(blocks\.\d+)\.output\.dense\./, "$1.mlp.fc2."],
  [/\.(layernorm_before|layer_norm1)\./, ".norm1."],
  [/\.(layernorm_after|layer_norm2)\./, ".norm2."],
  [/\.layer_scale(\d)\.lambda1$/, ".ls$1.gamma"],
  [/^pre_layrnorm\./, "norm_pre."],
  [/^(post_layernorm|layernorm)\./, "norm."],
  [/^head\.probe$/, "attn_pool.latent"],
  [/^head\.attention\.in_proj_(weight|bias)$/, "attn_pool.qkv.$1"],
  [/^head\.attention\.out_proj\./, "attn_pool.proj."],
  [/^head\.layernorm\./, "attn_pool.norm."],
  [/^head\.mlp\./, "attn_pool.mlp."],
  [/^pooler\..*/, ""],
];

const convNextRules: readonly Rule[] = [
  ...dropped,
  [/^convnext\./, ""],
  // transformers
  [/^embeddings\.patch_embeddings\./, "stem.0."],
  [/^embeddings\.layernorm\./, "stem.1."],
  [/^encoder\.stages\.(\d)\.downsampling_layer\./, "stages.$1.downsample."],
  [/^encoder\.stages\.(\d)\.layers\./, "stages.$1.blocks."],
  [/\.dwconv\./, ".conv_dw."],
  [/\.layernorm\./, ".norm."],
  [/\.pwconv(\d)\./, ".mlp.fc$1."],
  [/\.layer_scale_parameter$/, ".gamma"],
  [/^layernorm\./, "head.norm."],
  // torchvision: stem and stages at odd places, what halves the map at even ones
  [/^features\.0\.(\d)\./, "stem.$1."],
  [/^features\.([1357])\.(\d+)\.block\.0\./, "stages.#$1.blocks.$2.conv_dw."],
  [/^features\.([1357])\.(\d+)\.block\.2\./, "stages.#$1.blocks.$2.norm."],
  [/^features\.([1357])\.(\d+)\.block\.3\./, "stages.#$1.blocks.$2.mlp.fc1."],
  [/^features\.([1357])\.(\d+)\.block\.5\./, "stages.#$1.blocks.$2.mlp.fc2."],
  [/^features\.([1357])\.(\d+)\.layer_scale$/, "stages.#$1.blocks.$2.gamma"],
  [/^features\.([246])\.(\d)\./, "stages.#$1.downsample.$2."],
  [/^classifier\.0\./, "head.norm."],
  [/^classifier\.2\./, "head.fc."],
];

function renamed(name: string, rules: readonly Rule[]): string {
  let now = name;
  for (const [pattern, replacement] of rules) {
    if (replacement === "" && pattern.test(now)) now = now.replace(pattern, "");
    else now = now.replace(pattern, replacement);
    if (now === "") return "";
  }
  // Of torchvision's places: 1, 3, 5, 7 are stages, and 2, 4, 6 stand before the next one.
  return now.replace(/#(\d)/, (_, place: string) => String(Math.floor(Number(place) / 2)));
}

/** Whether a weight is of those that are dropped whole. */
const isDropped = (name: string) => dropped.some(([pattern]) => pattern.test(name)) || /^pooler\./.test(name);

function converted(weights: StateDict, rules: readonly Rule[]): StateDict {
  const found: StateDict = new Map();
  for (const [name, weight] of weights) {
    if (isDropped(name)) continue;
    const now = renamed(name, rules);
    if (now !== "") found.set(now, weight);
  }
  return found;
}

/** A vision transformer's weights by timm's names and shapes. */
export function vitWeights(weights: StateDict): StateDict {
  const found = converted(weights, vitRules);
  for (const name of ["cls_token", "pos_embed", "reg_token", "attn_pool.latent"]) {
    const weight = found.get(name);
    if (weight) found.set(name, withRank3(weight));
  }
  joinQkv(found);
  splitPool(found);
  return found;
}

/** [D] → [1, 1, D]; [T, D] → [1, T, D]. */
function withRank3({ shape, data }: Weight): Weight {
  const leading = Array.from({ length: Math.max(0, 3 - shape.length) }, () => 1);
  return { shape: [...leading, ...shape], data };
}

/** Of queries, keys and values in weights of their own: one. */
function joinQkv(weights: StateDict): void {
  for (const name of [...weights.keys()]) {
    const [, block, part] = /^(.*\.attn)\.q\.(weight|bias)$/.exec(name) ?? [];
    if (block === undefined) continue;
    const parts = ["q", "k", "v"].flatMap((each) => weights.get(`${block}.${each}.${part}`) ?? []);
    if (parts.length !== 3) continue;
    weights.set(`${block}.qkv.${part}`, stacked(parts));
    for (const each of ["q", "k", "v"]) weights.delete(`${block}.${each}.${part}`);
  }
}

function stacked(parts: readonly Weight[]): Weight {
  const [first] = parts;
  const rows = parts.reduce((sum, { shape }) => sum + shape[0], 0);
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { shape: [rows, ...first.shape.slice(1)], data };
}

/** PyTorch's MultiheadAttention keeps the pool's query, key and value in one. */
function splitPool(weights: StateDict): void {
  for (const part of ["weight", "bias"]) {
    const all = weights.get(`attn_pool.qkv.${part}`);
    if (all === undefined) continue;
    const rows = all.shape[0] / 3;
    const each = rows * sizeOf(all.shape.slice(1));
    const cut = (from: number, to: number): Weight => ({
      shape: [(to - from) * rows, ...all.shape.slice(1)],
      data: all.data.slice(from * each, to * each),
    });
    weights.set(`attn_pool.q.${part}`, cut(0, 1));
    weights.set(`attn_pool.kv.${part}`, cut(1, 3));
    weights.delete(`attn_pool.qkv.${part}`);
  }
}

/** A ConvNeXt's weights by timm's names, with the shapes of linear layers. */
export function convNextWeights(weights: StateDict): StateDict {
  const found = converted(weights, convNextRules);
  for (const [name, { shape, data }] of found) {
    // timm's smaller ones have 1×1 convolutions in their place; torchvision's factor is [C, 1, 1].
    const flat = /\.mlp\.fc\d\.weight$/.test(name)
      ? shape.slice(0, 2)
      : /\.gamma$/.test(name)
        ? shape.slice(0, 1)
        : shape;
    if (sizeOf(flat) === data.length) found.set(name, { shape: flat, data });
  }
  return found;
}
