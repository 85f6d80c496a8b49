// Prepare: from a picture file to the square of RGB bytes that a network takes.
import type { Random } from "../../base/random.js";
import { openPicture } from "../decode/decode.js";
import { changedPicture } from "./augmented-image.js";
import type { Transform } from "./crop-plan.js";

/**
 * One picture as a network's input: RGB, uint8 [size, size, 3], upright. Within 0.1 grey levels of what
 * torchvision makes of it on average, and within 1 where a large JPEG or WebP is shrunk while it is decoded.
 *
 * @param source a path, or the bytes of a picture file
 * @param stream what "augment" and `randAugment` draw from
 * @throws PictureError for a picture that cannot be had
 */
export async function preparePicture(
  source: string | Uint8Array,
  transform: Transform,
  stream?: Random,
): Promise<Uint8Array> {
  return changedPicture(await openPicture(source), transform, stream);
}
