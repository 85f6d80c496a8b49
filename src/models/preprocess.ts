// Preprocess: how an image becomes a network's input; it travels with the weights.

/** How images are prepared for a network. */
export interface Preprocess {
  /** The short side after resizing, in pixels; with the fit `squash`, both sides. */
  readonly resize: number;
  /** The side of the square cut from the middle. */
  readonly crop: number;
  /** With antialiasing, as PIL does it. */
  readonly interpolation: "bilinear" | "bicubic" | "lanczos";
  /** `squash`: every image is scaled to a square, whatever its sides. Default: `crop`, which keeps its shape. */
  readonly fit?: "crop" | "squash";
  /** Of RGB scaled to 0 … 1: the network takes (x / 255 − mean) / std. Pixels as they are: mean 0, std 1/255. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** ImageNet's, as torchvision uses for all its classifiers. */
export const imagenetPreprocess: Preprocess = {
  resize: 256,
  crop: 224,
  interpolation: "bilinear",
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** The same for another input size: resize keeps the ratio 256 / 224, rounded. */
export function atSize(preprocess: Preprocess, size: number): Preprocess {
  return { ...preprocess, resize: Math.round((size * preprocess.resize) / preprocess.crop), crop: size };
}

/** What may be said of it; the rest stays as the weights have it. */
export interface PreprocessOptions {
  /** Of RGB scaled to 0 … 1. */
  readonly mean?: readonly [number, number, number];
  readonly std?: readonly [number, number, number];
  readonly interpolation?: Preprocess["interpolation"];
  /** The part of the resized image's short side that is left by the crop, above 0 and at most 1. */
  readonly cropShare?: number;
  readonly fit?: "crop" | "squash";
}

/** `preprocess` with what is given put in place. */
export function withOptions(
  preprocess: Preprocess,
  { mean, std, interpolation, cropShare, fit }: PreprocessOptions,
): Preprocess {
  const { crop } = preprocess;
  return {
    ...preprocess,
    ...(mean && { mean }),
    ...(std && { std }),
    ...(interpolation && { interpolation }),
    ...(fit && { fit }),
    ...(cropShare !== undefined && { resize: resizeFor(crop, cropShare) }),
  };
}

/** timm's rule: ⌊crop / share⌋, where a quotient that is whole but for rounding stays whole. */
export function resizeFor(crop: number, share: number): number {
  return Math.floor(crop / share + 1e-6);
}

/** For people: `224 px, the middle of 256, bilinear, mean 0.485 0.456 0.406, std 0.229 0.224 0.225`. */
export function describe({ resize, crop, interpolation, fit, mean, std }: Preprocess): string {
  const middle = fit === "squash" ? `scaled to a square of ${resize}` : `the middle of ${resize}`;
  const cut = resize === crop && fit === "squash" ? "scaled to a square" : middle;
  const number = (value: number) =>
    Math.abs(value * 255 - 1) < 1e-9 ? "1/255" : String(Number(value.toPrecision(4)));
  const channels = (values: readonly number[]) =>
    values.every((value) => value === values[0]) ? number(values[0]) : values.map(number).join(" ");
  return `${crop} px, ${cut}, ${interpolation}, mean ${channels(mean)}, std ${channels(std)}`;
}
