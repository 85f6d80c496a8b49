// Augmentation: a random part of a picture, as torchvision's RandomResizedCrop draws it.

import { roundHalfEven } from "../../base/python-round.js";
import type { Random } from "../../base/random.js";
import type { Box } from "../resize/resize.js";

/**
 * A box of whole pixels inside a picture. Its area is uniform in `scale` times the picture's, the logarithm
 * of its width over height uniform in log `ratio`, its place uniform. If ten draws do not fit, it is the
 * largest box in the middle whose ratio is allowed.
 *
 * Source: torchvision, `RandomResizedCrop.get_params`; as there, a draw takes area, ratio, top, left.
 */
export function randomCrop(
  width: number,
  height: number,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  stream: Random,
): Box {
  const between = (low: number, high: number) => low + (high - low) * stream.uniform();
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * between(scale[0], scale[1]);
    const aspect = Math.exp(between(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = roundHalfEven(Math.sqrt(area * aspect));
    const h = roundHalfEven(Math.sqrt(area / aspect));
    if (w > 0 && w <= width && h > 0 && h <= height) {
      const top = stream.integer(height - h + 1);
      return { left: stream.integer(width - w + 1), top, width: w, height: h };
    }
  }
  let [w, h] = [width, height];
  if (width / height < ratio[0]) h = roundHalfEven(w / ratio[0]);
  else if (width / height > ratio[1]) w = roundHalfEven(h * ratio[1]);
  return { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
}
