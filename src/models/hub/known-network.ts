// Which network that is built here a repository's config.json describes.
import { z } from "zod";
import { type ConvNextArchitecture, convNext } from "../families/convnext.js";
import { adaptVit, meantBy, type NamedNetwork, namedNetworks } from "../families/index.js";
import type { Activation } from "../families/layers.js";
import { convNextWeights } from "../families/names.js";
import { type VitArchitecture, vit } from "../families/vit.js";
import type { Preprocess } from "../preprocess.js";

const natural = z.int().min(1);
const vitConfig = z.object({
  hidden_size: natural,
  num_hidden_layers: natural,
  num_attention_heads: natural,
  intermediate_size: natural.optional(),
  mlp_ratio: z.number().optional(),
  patch_size: natural,
  image_size: natural,
  hidden_act: z.string().optional(),
  layer_norm_eps: z.number().positive().optional(),
  num_register_tokens: z.int().min(0).optional(),
  num_channels: z.literal(3).optional(),
  qkv_bias: z.literal(true).optional(),
  use_swiglu_ffn: z.literal(false).optional(),
  vision_use_head: z.literal(true).optional(),
});
const convNextConfig = z.object({
  depths: z.tuple([natural, natural, natural, natural]),
  hidden_sizes: z.tuple([natural, natural, natural, natural]),
  patch_size: z.literal(4).optional(),
});

const activations: Readonly<Record<string, Activation>> = {
  gelu: "gelu",
  quick_gelu: "quick-gelu",
  gelu_pytorch_tanh: "gelu-tanh",
};

/** What transformers' defaults are where a configuration leaves them out, by its model_type. */
const kinds: Readonly<Record<string, Partial<VitArchitecture>>> = {
  vit: { activation: "gelu", epsilon: 1e-12 },
  deit: { activation: "gelu", epsilon: 1e-12 },
  dinov2: { activation: "gelu", epsilon: 1e-6, layerScale: true },
  dinov2_with_registers: { activation: "gelu", epsilon: 1e-6, layerScale: true, registers: 4 },
  clip_vision_model: { activation: "quick-gelu", epsilon: 1e-5, clip: true },
  siglip_vision_model: { activation: "gelu-tanh", epsilon: 1e-6, classToken: false },
};

function vitOf(type: string, json: unknown): VitArchitecture | undefined {
  const kind = kinds[type];
  const { data } = vitConfig.safeParse(json);
  if (kind === undefined || data === undefined) return undefined;
  const { hidden_size: width, intermediate_size: wide = (data.mlp_ratio ?? 4) * width } = data;
  const activation = data.hidden_act === undefined ? kind.activation : activations[data.hidden_act];
  if (wide !== 4 * width || activation === undefined || width % data.num_attention_heads !== 0)
    return undefined;
  return {
    classToken: true,
    ...kind,
    ...{ size: data.image_size, patch: data.patch_size, width, activation },
    ...{ depth: data.num_hidden_layers, heads: data.num_attention_heads },
    epsilon: data.layer_norm_eps ?? kind.epsilon ?? 1e-6,
    registers: data.num_register_tokens ?? kind.registers,
  };
}

/** Fields that CLIP's and SigLIP's configurations leave out where they are as in the base network. */
const tower = {
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  image_size: 224,
  intermediate_size: 3072,
};

/**
 * The network that a configuration of transformers or timm describes; undefined where it is none that is built here.
 * @param name of the repository
 * @param preprocess what the repository says; default: that of the network by name
 */
export function knownNetwork(
  name: string,
  config: unknown,
  preprocess?: Preprocess,
): NamedNetwork | undefined {
  const json = (config ?? {}) as Record<string, unknown>;
  if (typeof json.architecture === "string") {
    const meant = namedNetworks.get(meantBy(json.architecture) ?? "");
    return meant && { ...meant, name, preprocess: preprocess ?? meant.preprocess };
  }
  const type = String(json.model_type);
  if (preprocess === undefined) return undefined;
  const common = {
    name,
    title: name,
    licence: "see the repository",
    source: { repository: name },
    preprocess,
  };
  const whole = /^(clip|siglip)$/.test(type);
  const patch = type.startsWith("clip") ? 32 : 16;
  const architecture = whole
    ? vitOf(`${type}_vision_model`, { ...tower, patch_size: patch, ...(json.vision_config as object) })
    : vitOf(type, json);
  if (architecture) {
    return {
      ...{ ...common, classifier: "head", sized: true },
      build: (size) => vit(architecture, size),
      adapt: (weights, size) => adaptVit(architecture, weights, size),
    };
  }
  const { data } = convNextConfig.safeParse(json);
  if (type !== "convnext" || data === undefined) return undefined;
  const shape: ConvNextArchitecture = { depths: data.depths, widths: data.hidden_sizes };
  return {
    ...{ ...common, classifier: "classifier", sized: false },
    build: () => ({ graph: convNext(shape) }),
    adapt: convNextWeights,
  };
}
