// Changed: a transformed picture, whose colours and shape then may be changed by chance. For Node alone, where training is.
import type { Random } from "../../base/random.js";
import type { EncodedPicture } from "../decode/encoded-image.js";
import { sizeOf, type Transform } from "./crop-plan.js";
import { randAugment } from "./rand-augment/rand-augment.js";
import { transformPicture } from "./transform.js";

/**
 * A picture as training takes it: RGB, uint8 [size, size, 3], upright.
 * @param stream what "augment" and `randAugment` draw from
 */
export async function changedPicture(
  picture: EncodedPicture,
  { randAugment: changes, ...geometry }: Transform,
  stream?: Random,
): Promise<Uint8Array> {
  const data = await transformPicture(picture, geometry, stream);
  if (changes === undefined) return data;
  if (stream === undefined)
    throw new Error("A picture that is changed by chance needs a stream of random numbers.");
  const size = sizeOf(geometry);
  return randAugment({ data, width: size, height: size }, changes, stream);
}
