// RandAugment's operations, and how strong each is at a magnitude.

import { roundHalfEven } from "../../../base/python-round.js";
import type { Pixels } from "../../resize/resize.js";
import { brightness, colour, contrast, sharpness } from "./colour.js";
import { rotate, shearX, shearY, translateX, translateY } from "./geometry.js";
import { autoContrast, equalize, posterize, solarize } from "./tones.js";

/** The greatest magnitude. */
export const STRONGEST = 30;

export interface Operation {
  readonly name: string;
  /** What a magnitude of 0 … `STRONGEST` means to it, for a picture of that side. */
  readonly amount: (magnitude: number, side: number) => number;
  /** Whether half of the time the amount is less than nothing. */
  readonly signed: boolean;
  readonly apply: (pixels: Pixels, amount: number) => Uint8Array;
}

const part = (magnitude: number) => magnitude / STRONGEST;
const slope = (magnitude: number) => 0.3 * part(magnitude);
const distance = (magnitude: number, side: number) => (150 / 331) * side * part(magnitude);
const change = (magnitude: number) => 0.9 * part(magnitude);
const none = () => 0;
const changed =
  (apply: Operation["apply"]): Operation["apply"] =>
  (pixels, amount) =>
    apply(pixels, 1 + amount);

/** Those of torchvision's `RandAugment`, with its amounts at 31 magnitudes. */
export const operations: readonly Operation[] = [
  { name: "identity", amount: none, signed: false, apply: ({ data }) => data },
  { name: "shear x", amount: slope, signed: true, apply: shearX },
  { name: "shear y", amount: slope, signed: true, apply: shearY },
  { name: "translate x", amount: distance, signed: true, apply: translateX },
  { name: "translate y", amount: distance, signed: true, apply: translateY },
  { name: "rotate", amount: (magnitude) => 30 * part(magnitude), signed: true, apply: rotate },
  { name: "brightness", amount: change, signed: true, apply: changed(brightness) },
  { name: "colour", amount: change, signed: true, apply: changed(colour) },
  { name: "contrast", amount: change, signed: true, apply: changed(contrast) },
  { name: "sharpness", amount: change, signed: true, apply: changed(sharpness) },
  {
    name: "posterize",
    amount: (magnitude) => 8 - roundHalfEven(4 * part(magnitude)),
    signed: false,
    apply: posterize,
  },
  { name: "solarize", amount: (magnitude) => 255 * (1 - part(magnitude)), signed: false, apply: solarize },
  { name: "auto contrast", amount: none, signed: false, apply: autoContrast },
  { name: "equalize", amount: none, signed: false, apply: equalize },
];
