// Preprocess: how a picture becomes a network's input; it travels with the weights.

/** How pictures are prepared for a network. */
export interface Preprocess {
  /** The short side after resizing, in pixels. */
  readonly resize: number;
  /** The side of the square cut from the middle. */
  readonly crop: number;
  readonly interpolation: "bilinear";
  /** Of RGB scaled to 0 … 1. */
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
