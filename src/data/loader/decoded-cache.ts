// Kept pictures: small ones stay decoded, in memory that all threads share, so that epochs but the first only resize.
import type { EncodedPicture } from "../decode/encoded-image.js";
import { whole } from "../decode/encoded-image.js";
import type { Pixels } from "../resize/resize.js";
import { sizeOf, type Transform } from "../transform/crop-plan.js";

/** RGB pixels; `data` lies in a SharedArrayBuffer. */
export type KeptPicture = Pixels;

/**
 * Whether a picture is decoded whole whatever the transform cuts out of it, so that keeping its pixels changes
 * nothing: a decoder leaves none out as long as twice the size that is wanted is more than half of them.
 */
function isSmall({ width, height }: EncodedPicture, transform: Transform): boolean {
  return Math.max(width, height) < 4 * sizeOf(transform);
}

/** The pixels of a small picture; undefined of another. */
export async function keep(picture: EncodedPicture, transform: Transform): Promise<KeptPicture | undefined> {
  if (!isSmall(picture, transform)) return undefined;
  const { data, width, height } = (await picture.decode()).pixels;
  const shared = new Uint8Array(new SharedArrayBuffer(data.length));
  shared.set(data);
  return { data: shared, width, height };
}

/** As if it were still encoded. */
export function opened(kept: KeptPicture): EncodedPicture {
  const { width, height } = kept;
  return { width, height, decode: async () => ({ pixels: kept, covers: whole(width, height) }) };
}
