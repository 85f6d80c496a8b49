// Transform: from a picture to the square of RGB bytes that a network takes. Runs in browsers too.
import type { Random } from "../../base/random.js";
import type { Decoded, EncodedPicture } from "../decode/encoded-image.js";
import { type Box, type Resize, resize } from "../resize/resize.js";
import { type Geometry, plan } from "./crop-plan.js";

/**
 * A picture as a network's input: RGB, uint8 [size, size, 3], upright.
 * @param stream what "augment" draws from
 */
export async function transformPicture(
  picture: EncodedPicture,
  geometry: Geometry,
  stream?: Random,
): Promise<Uint8Array> {
  const wanted = plan(geometry, picture.width, picture.height, stream);
  // The decoder leaves at least twice the size that is wanted, so that the filter still has its say.
  const shrink = Math.min(wanted.box.width / wanted.width, wanted.box.height / wanted.height) / 2;
  const decoded = await picture.decode(Math.max(1, shrink));
  return resize(decoded.pixels, { ...wanted, box: boxIn(decoded, wanted) }).data;
}

/** Where the box of a plan lies in the pixels that were decoded. */
function boxIn({ pixels, covers }: Decoded, { box }: Resize): Box {
  const x = pixels.width / covers.width;
  const y = pixels.height / covers.height;
  return {
    left: (box.left - covers.left) * x,
    top: (box.top - covers.top) * y,
    width: box.width * x,
    height: box.height * y,
  };
}
