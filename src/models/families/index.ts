// The networks by name beside the ResNets: how each is built, whose its weights are, and what they were made with.
import type { Graph } from "../../graph/graph.js";
import { atSize, imagenetPreprocess, type Preprocess } from "../preprocess.js";
import type { StateDict } from "../weights/elements.js";
import { convNext, convNexts } from "./convnext.js";
import { efficientNet, efficientNets } from "./efficientnet.js";
import { mobileNet, mobileNets } from "./mobilenet-v3.js";
import { convNextWeights, vitWeights } from "./names.js";
import { interpolatedPositions } from "./positions.js";
import { type VitArchitecture, vit, vits } from "./vit.js";

/** Where pretrained weights are: a repository of the hub, or a file of torchvision's publisher. */
export type Source =
  | { readonly repository: string }
  /** The file's name without the beginning of its SHA-256 and its ending, and that beginning. */
  | { readonly torchvision: string; readonly sha256: string };

export interface NamedNetwork {
  readonly name: string;
  /** What a person calls it. */
  readonly title: string;
  /** Of the weights. */
  readonly licence: string;
  readonly source: Source;
  readonly preprocess: Preprocess;
  /** How the head's weights are called. */
  readonly classifier: string;
  /** Whether a graph is for one size of image alone. */
  readonly sized: boolean;
  /** @param size of the images, in pixels; @returns the graph and, without a pool that shows it, the map's value */
  build(size: number): { graph: Graph; map?: string };
  /** Weights of any publisher under the graph's names, for images of that size. */
  adapt(weights: StateDict, size: number): StateDict;
}

const half = [0.5, 0.5, 0.5] as const;
const bicubic = (resize: number, crop: number): Preprocess => ({
  ...imagenetPreprocess,
  resize,
  crop,
  interpolation: "bicubic",
});
const augreg: Preprocess = { ...bicubic(248, 224), mean: half, std: half };
const openai: Preprocess = {
  ...bicubic(224, 224),
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

type Published = readonly [title: string, licence: string, repository: string, preprocess: Preprocess];

const apache = "Apache-2.0";
const vitSources: Record<keyof typeof vits, Published> = {
  "vit-tiny": ["ViT-Tiny/16", apache, "timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k", augreg],
  "vit-small": ["ViT-Small/16", apache, "timm/vit_small_patch16_224.augreg_in21k_ft_in1k", augreg],
  "vit-base": ["ViT-Base/16", apache, "timm/vit_base_patch16_224.augreg2_in21k_ft_in1k", augreg],
  "deit-tiny": ["DeiT-Tiny/16", apache, "timm/deit_tiny_patch16_224.fb_in1k", bicubic(248, 224)],
  "deit-small": ["DeiT-Small/16", apache, "timm/deit_small_patch16_224.fb_in1k", bicubic(248, 224)],
  "deit-base": ["DeiT-Base/16", apache, "timm/deit_base_patch16_224.fb_in1k", bicubic(248, 224)],
  "dinov2-small": ["DINOv2 ViT-S/14", apache, "facebook/dinov2-small", bicubic(256, 224)],
  "dinov2-base": ["DINOv2 ViT-B/14", apache, "facebook/dinov2-base", bicubic(256, 224)],
  "dinov2-registers-small": [
    ...(["DINOv2 ViT-S/14, 4 registers", apache, "facebook/dinov2-with-registers-small"] as const),
    bicubic(256, 224),
  ],
  "dinov2-registers-base": [
    ...(["DINOv2 ViT-B/14, 4 registers", apache, "facebook/dinov2-with-registers-base"] as const),
    bicubic(256, 224),
  ],
  "clip-base-32": ["CLIP ViT-B/32, image tower", "MIT", "openai/clip-vit-base-patch32", openai],
  "clip-base-16": ["CLIP ViT-B/16, image tower", "MIT", "openai/clip-vit-base-patch16", openai],
  "siglip-base": [
    ...(["SigLIP ViT-B/16, image tower", apache, "google/siglip-base-patch16-224"] as const),
    { ...augreg, resize: 224, fit: "squash" },
  ],
};

const convNextSources: Record<keyof typeof convNexts, Published> = {
  "convnext-atto": ["ConvNeXt-Atto", apache, "timm/convnext_atto.d2_in1k", bicubic(256, 224)],
  "convnext-femto": ["ConvNeXt-Femto", apache, "timm/convnext_femto.d1_in1k", bicubic(256, 224)],
  "convnext-pico": ["ConvNeXt-Pico", apache, "timm/convnext_pico.d1_in1k", bicubic(256, 224)],
  "convnext-nano": ["ConvNeXt-Nano", apache, "timm/convnext_nano.in12k_ft_in1k", bicubic(256, 224)],
  "convnext-tiny": ["ConvNeXt-Tiny", apache, "timm/convnext_tiny.fb_in22k_ft_in1k", bicubic(256, 224)],
  "convnext-small": ["ConvNeXt-Small", apache, "timm/convnext_small.fb_in22k_ft_in1k", bicubic(256, 224)],
  "convnext-base": ["ConvNeXt-Base", apache, "timm/convnext_base.fb_in22k_ft_in1k", bicubic(256, 224)],
};

type TorchvisionFile = readonly [title: string, file: string, sha256: string, preprocess: Preprocess];

// torchvision 0.14's IMAGENET1K_V1; the publisher's names hold eight digits of the hash, and no more is published.
const efficientNetSources: Record<keyof typeof efficientNets, TorchvisionFile> = {
  "efficientnet-b0": ["EfficientNet-B0", "efficientnet_b0_rwightman", "3dd342df", bicubic(256, 224)],
  "efficientnet-b1": ["EfficientNet-B1", "efficientnet_b1_rwightman", "533bc792", bicubic(256, 240)],
  "efficientnet-b2": ["EfficientNet-B2", "efficientnet_b2_rwightman", "bcdf34b7", bicubic(288, 288)],
  "efficientnet-b3": ["EfficientNet-B3", "efficientnet_b3_rwightman", "cf984f9c", bicubic(320, 300)],
  "efficientnet-b4": ["EfficientNet-B4", "efficientnet_b4_rwightman", "7eb33cd5", bicubic(384, 380)],
  "efficientnet-v2-s": [
    ...(["EfficientNetV2-S", "efficientnet_v2_s", "dd5fe13b"] as const),
    { ...imagenetPreprocess, resize: 384, crop: 384 },
  ],
};
const mobileNetSources: Record<keyof typeof mobileNets, TorchvisionFile> = {
  "mobilenet-v3-small": ["MobileNetV3-Small", "mobilenet_v3_small", "047dcff4", imagenetPreprocess],
  "mobilenet-v3-large": ["MobileNetV3-Large", "mobilenet_v3_large", "8738ca79", imagenetPreprocess],
};

const asTheyAre = (weights: StateDict) => weights;

/** A vision transformer's weights under the names and for the positions of its graph. */
export function adaptVit(
  { patch, classToken, registers = 0 }: VitArchitecture,
  weights: StateDict,
  size: number,
) {
  const adapted = vitWeights(weights);
  const positions = adapted.get("pos_embed");
  if (positions === undefined) return adapted;
  const leading = classToken ? 1 : 0;
  const [, tokens, width] = positions.shape;
  const grid = tokens - leading;
  // timm's networks with registers embed the patches alone.
  const plain = registers > 0 && Number.isInteger(Math.sqrt(tokens)) && !Number.isInteger(Math.sqrt(grid));
  const whole = plain
    ? {
        shape: [1, tokens + 1, width],
        data: Float32Array.from([...new Float32Array(width), ...positions.data]),
      }
    : positions;
  adapted.set("pos_embed", interpolatedPositions(whole, leading, Math.floor(size / patch)));
  return adapted;
}

function entries<K extends string, T>(record: Record<K, T>): [K, T][] {
  return Object.entries(record) as [K, T][];
}

export const namedNetworks: ReadonlyMap<string, NamedNetwork> = new Map(
  [
    ...entries(vitSources).map(
      ([name, [title, licence, repository, preprocess]]): NamedNetwork => ({
        ...{ name, title, licence, preprocess, source: { repository }, classifier: "head", sized: true },
        build: (size) => vit(vits[name], size),
        adapt: (weights, size) => adaptVit(vits[name], weights, size),
      }),
    ),
    ...entries(convNextSources).map(
      ([name, [title, licence, repository, preprocess]]): NamedNetwork => ({
        ...{ name, title, licence, preprocess, source: { repository }, classifier: "head.fc", sized: false },
        build: () => ({ graph: convNext(convNexts[name]) }),
        adapt: convNextWeights,
      }),
    ),
    ...entries(efficientNetSources).map(
      ([name, [title, torchvision, sha256, preprocess]]): NamedNetwork => ({
        ...{ name, title, licence: "BSD-3-Clause", preprocess, source: { torchvision, sha256 } },
        ...{ classifier: "classifier.1", sized: false },
        build: () => ({ graph: efficientNet(efficientNets[name]) }),
        adapt: asTheyAre,
      }),
    ),
    ...entries(mobileNetSources).map(
      ([name, [title, torchvision, sha256, preprocess]]): NamedNetwork => ({
        ...{ name, title, licence: "BSD-3-Clause", preprocess, source: { torchvision, sha256 } },
        ...{ classifier: "classifier.3", sized: false },
        build: () => ({ graph: mobileNet(mobileNets[name]) }),
        adapt: asTheyAre,
      }),
    ),
  ].map((network) => [network.name, network]),
);

/** `preprocess` for the size that is wanted. */
export function preprocessAt({ preprocess }: NamedNetwork, size: number | undefined): Preprocess {
  return size === undefined ? preprocess : atSize(preprocess, size);
}

/** The network that a name of another library means: `convnext_tiny`, `vit_b_16`, `facebook/dinov2-small`. */
export function meantBy(text: string): string | undefined {
  const plain = text
    .toLowerCase()
    .replace(/^(hf:)?[\w-]+\//, "")
    .replaceAll("_", "-");
  const spelled: readonly (readonly [RegExp, string])[] = [
    [/^(vit|deit)-([tsb])-\d+$/, "$1-$2"],
    [/^(vit|deit3?)-(tiny|small|base)-patch.*/, "$1-$2"],
    [/^vit-(tiny|small|base)-patch\d+-clip.*/, "clip-base-16"],
    [/^(vit-.*siglip|siglip).*/, "siglip-base"],
    [/^(openai-)?clip(-vit)?-base-patch(\d+).*/, "clip-base-$3"],
    [/^dinov2-with-registers-(small|base).*/, "dinov2-registers-$1"],
    [/^dinov2-vit([sb])14.*/, "dinov2-$1"],
    [/^vit-(small|base)-patch14.*dinov2.*/, "dinov2-$1"],
    [/^(tf-)?efficientnetv2-(rw-)?s.*/, "efficientnet-v2-s"],
    [/^(tf-)?efficientnet-(b[0-4]).*/, "efficientnet-$2"],
    [/^mobilenetv3-(small|large).*/, "mobilenet-v3-$1"],
    [/^convnextv?2?-(atto|femto|pico|nano|tiny|small|base)([.-].*)?$/, "convnext-$1"],
  ];
  const short: Record<string, string> = { t: "tiny", s: "small", b: "base" };
  for (const candidate of [
    plain,
    ...spelled.map(([from, to]) => (from.test(plain) ? plain.replace(from, to) : "")),
  ]) {
    const name = candidate.replace(/-([tsb])$/, (whole, letter: string) =>
      namedNetworks.has(candidate) ? whole : `-${short[letter]}`,
    );
    if (namedNetworks.has(name)) return name;
  }
  return undefined;
}
