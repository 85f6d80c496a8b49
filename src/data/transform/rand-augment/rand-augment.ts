// RandAugment: some operations of one strength, drawn by chance, one after the other.
import type { Random } from "../../../base/random.js";
import type { Pixels } from "../../resize/resize.js";
import { operations } from "./operations.js";

export { STRONGEST } from "./operations.js";

/** How pictures are changed by chance: how many operations, and how strongly. */
export interface RandAugment {
  /** How many are drawn, each from all of them. */
  readonly operations: number;
  /** How strong each is: 0 … 30. */
  readonly magnitude: number;
}

/**
 * A picture changed by as many operations as are told; a square one, as a network takes it.
 *
 * Cubuk, Zoph, Shlens and Le 2019, "RandAugment: Practical automated data augmentation with a reduced search space",
 * arXiv:1909.13719, with the operations and amounts of torchvision's `RandAugment`, on bytes, to the nearest pixel.
 */
export function randAugment(
  pixels: Pixels,
  { operations: count, magnitude }: RandAugment,
  stream: Random,
): Uint8Array {
  let { data } = pixels;
  for (let i = 0; i < count; i++) {
    const { amount, signed, apply } = operations[stream.integer(operations.length)];
    const sign = signed && stream.integer(2) === 1 ? -1 : 1;
    data = apply({ ...pixels, data }, sign * amount(magnitude, pixels.width));
  }
  return data;
}
