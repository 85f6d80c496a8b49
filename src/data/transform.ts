// Transform: from a picture file to the square of RGB bytes that a network takes.
import type { Random } from "../base/random.js";
import { type Decoded, openPicture } from "./decode.js";
import { plan, type Transform } from "./plan.js";
import { type Box, type Resize, resize } from "./resize.js";

export type { Transform } from "./plan.js";

/**
 * One picture as a network's input: RGB, uint8 [size, size, 3], upright. Within 0.1 grey levels of what
 * torchvision makes of it on average, and within 1 where a large JPEG or WebP is shrunk while it is decoded.
 *
 * @param source a path, or the bytes of a picture file
 * @param stream what "augment" draws from
 * @throws PictureError for a picture that cannot be had
 */
export async function preparePicture(
  source: string | Uint8Array,
  transform: Transform,
  stream?: Random,
): Promise<Uint8Array> {
  const picture = await openPicture(source);
  const { resize: wanted, mirror } = plan(transform, picture.width, picture.height, stream);
  // The decoder leaves at least twice the size that is wanted, so that the filter still has its say.
  const shrink = Math.min(wanted.box.width / wanted.width, wanted.box.height / wanted.height) / 2;
  const decoded = await picture.decode(Math.max(1, shrink));
  const pixels = resize(decoded.pixels, { ...wanted, box: boxIn(decoded, wanted) });
  if (mirror) mirrorRows(pixels.data, pixels.width);
  return pixels.data;
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

/** Exchanges left and right, in place. */
function mirrorRows(data: Uint8Array, width: number): void {
  for (let row = 0; row < data.length; row += width * 3) {
    for (let i = row, j = row + (width - 1) * 3; i < j; i += 3, j -= 3) {
      for (let c = 0; c < 3; c++) {
        const kept = data[i + c];
        data[i + c] = data[j + c];
        data[j + c] = kept;
      }
    }
  }
}
