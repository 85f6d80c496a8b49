// Plan: which part of a picture becomes the network's input, and how large. Runs in browsers too.

import { roundHalfEven } from "../../base/python-round.js";
import type { Random } from "../../base/random.js";
import type { Interpolation } from "../resize/filters.js";
import type { Box, Resize } from "../resize/resize.js";
import type { RandAugment } from "./rand-augment/rand-augment.js";
import { randomCrop } from "./random-crop.js";

/** What is done to every picture: it becomes a square, which then may be changed by chance. */
export type Transform = Geometry & { readonly randAugment?: RandAugment };

/** How images are prepared where nothing is random. */
export interface CenterCrop {
  /** The short side after scaling, in pixels; with the fit `squash`, both sides. */
  readonly resize: number;
  /** The side of the square cut from the middle. */
  readonly crop: number;
  /** Default bilinear. */
  readonly interpolation?: Interpolation;
  /** `crop` (default) keeps width over height; `squash` makes a square of every image. */
  readonly fit?: "crop" | "squash";
}

/** Both give a square. */
export type Geometry =
  | ({ readonly kind: "center" } & CenterCrop)
  /** A random part scaled to `size` × `size` and perhaps mirrored; see `randomCrop` for scale and ratio. */
  | {
      readonly kind: "augment";
      readonly size: number;
      /** Smallest and largest part of the area; default (0.08, 1). */
      readonly scale?: readonly [number, number];
      /** Smallest and largest width over height; default (3/4, 4/3). */
      readonly ratio?: readonly [number, number];
      /** How often it is mirrored; default 0.5. */
      readonly flip?: number;
      /** Default bilinear. */
      readonly interpolation?: Interpolation;
    };

/** The transform of a network's images where nothing is random: as its `preprocess` says. */
export function centerTransform({
  resize,
  crop,
  interpolation,
  fit,
}: CenterCrop): { kind: "center" } & CenterCrop {
  return { kind: "center", resize, crop, interpolation, fit };
}

/** The side of the square that a transform gives, in pixels. */
export function sizeOf(transform: Transform): number {
  return transform.kind === "center" ? transform.crop : transform.size;
}

/** What becomes of a picture of this size. `stream` decides what is random; "center" needs none. */
export function plan(transform: Transform, width: number, height: number, stream?: Random): Resize {
  if (transform.kind === "center") {
    return centerCrop(width, height, transform);
  }
  if (stream === undefined) throw new Error("An augmented picture needs a stream of random numbers.");
  const { size, scale = [0.08, 1], ratio = [3 / 4, 4 / 3], flip = 0.5, interpolation } = transform;
  const box = randomCrop(width, height, scale, ratio, stream);
  const mirror = stream.uniform() < flip;
  return { box, width: size, height: size, window: square(size), mirror, interpolation };
}

/**
 * torchvision's Resize(n) and CenterCrop(c): the short side becomes n, the long one ⌊n · long / short⌋; the
 * crop begins at (side − c) / 2, halves rounded to the even number. Where the crop is larger than the
 * picture, black is put around it, the smaller half before.
 */
function centerCrop(
  width: number,
  height: number,
  { resize: n, crop, interpolation, fit }: CenterCrop,
): Resize {
  const short = Math.min(width, height);
  const scaled = (side: number) => (side === short || fit === "squash" ? n : Math.floor((n * side) / short));
  const [scaledWidth, scaledHeight] = [scaled(width), scaled(height)];
  const start = (side: number) =>
    side < crop ? -Math.floor((crop - side) / 2) : roundHalfEven((side - crop) / 2);
  return {
    box: { left: 0, top: 0, width, height },
    width: scaledWidth,
    height: scaledHeight,
    window: { ...square(crop), left: start(scaledWidth), top: start(scaledHeight) },
    interpolation,
  };
}

function square(side: number): Box {
  return { left: 0, top: 0, width: side, height: side };
}
