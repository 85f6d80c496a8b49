// Fingerprint: what of a picture survives being encoded anew, resized or brightened, in 72 bytes.
//
// 8 bytes are a perceptual hash: the picture as 32 × 32 grey pixels, of whose discrete cosine transform the
// lowest 8 × 8 coefficients give a bit each, 1 where one is above the median of them (without the constant
// one, whose bit is 0). Source: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions"
// (2010), section 3.2.1. 64 bytes are the picture as 8 × 8 grey pixels: hashes find what may be alike, these
// tell whether it is.
import type { EncodedPicture } from "../decode/encoded-image.js";
import { resize } from "../resize/resize.js";

const side = 32;
const low = 8;
/** Bytes of the hash, and of all. */
export const hashBytes = (low * low) / 8;
export const fingerprintBytes = hashBytes + low * low;

/** cos(π k (2 i + 1) / 64), row-major [k, i]. */
const cosines = Float64Array.from({ length: low * side }, (_, at) =>
  Math.cos((Math.PI * Math.floor(at / side) * (2 * (at % side) + 1)) / (2 * side)),
);

/** Decodes the picture, upright; throws a PictureError where that fails. */
export async function fingerprintOf(picture: EncodedPicture): Promise<Uint8Array> {
  // The decoder may leave out what the filter would blur anyway.
  const shrink = Math.max(1, Math.min(picture.width, picture.height) / side / 2);
  const { pixels } = await picture.decode(shrink);
  const box = { left: 0, top: 0, width: pixels.width, height: pixels.height };
  const window = { left: 0, top: 0, width: side, height: side };
  const { data } = resize(pixels, { box, width: side, height: side, window });
  const grey = Float64Array.from(
    { length: side * side },
    (_, i) => 0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2],
  );
  const fingerprint = new Uint8Array(fingerprintBytes);
  fingerprint.set(perceptualHash(grey));
  fingerprint.set(small(grey), hashBytes);
  return fingerprint;
}

/** @param grey [32, 32] */
export function perceptualHash(grey: Float64Array): Uint8Array {
  const coefficients = lowFrequencies(grey);
  const sorted = coefficients.slice(1).sort();
  const median = sorted[(sorted.length - 1) / 2];
  const hash = new Uint8Array(hashBytes);
  for (let i = 1; i < coefficients.length; i++) {
    if (coefficients[i] > median) hash[i >> 3] |= 1 << (i & 7);
  }
  return hash;
}

/** The lowest 8 × 8 coefficients of the two-dimensional DCT-II, not normalised. */
function lowFrequencies(grey: Float64Array): Float64Array {
  const rows = new Float64Array(side * low);
  for (let y = 0; y < side; y++) {
    for (let k = 0; k < low; k++) {
      let sum = 0;
      for (let x = 0; x < side; x++) sum += grey[y * side + x] * cosines[k * side + x];
      rows[y * low + k] = sum;
    }
  }
  const coefficients = new Float64Array(low * low);
  for (let v = 0; v < low; v++) {
    for (let u = 0; u < low; u++) {
      let sum = 0;
      for (let y = 0; y < side; y++) sum += rows[y * low + u] * cosines[v * side + y];
      coefficients[v * low + u] = sum;
    }
  }
  return coefficients;
}

/** Whether a picture is of one shade of grey, as far as 8 × 8 pixels show it. */
export function isPlain(fingerprint: Uint8Array): boolean {
  const pixels = fingerprint.subarray(hashBytes);
  return pixels.every((value) => Math.abs(value - pixels[0]) <= 1);
}

/** The mean of each 4 × 4 pixels. */
function small(grey: Float64Array): Uint8Array {
  const step = side / low;
  const sums = new Float64Array(low * low);
  for (let i = 0; i < grey.length; i++) {
    sums[Math.floor(i / side / step) * low + Math.floor((i % side) / step)] += grey[i];
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / (step * step)));
}
