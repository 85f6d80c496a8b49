// Resize: a separable filter with antialiasing on RGB bytes; the same numbers as PIL's BILINEAR, BICUBIC and LANCZOS.
//
// Runs in Node and in browsers alike, so that a picture becomes the same input everywhere.

import { taps } from "./filter-weights.js";
import { filters, type Interpolation } from "./filters.js";
import { scale } from "./resize-kernel.js";

/** A decoded picture: RGB, 8 bits each, row-major [height, width, 3]. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A rectangle, in pixels from the upper left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What is cut out, to which size it is scaled, and which part of the result is wanted. */
export interface Resize {
  /** The part of the source that is scaled; no pixel outside it is looked at. Its edges may cut pixels. */
  readonly box: Box;
  /** The size to which `box` is scaled: integers. */
  readonly width: number;
  readonly height: number;
  /** The part of the scaled picture that is computed: integers. What lies outside the picture is black. */
  readonly window: Box;
  /** Whether left and right of the window are exchanged; default no. */
  readonly mirror?: boolean;
  /** Default bilinear. */
  readonly interpolation?: Interpolation;
}

/**
 * Cuts `box` out of the picture, scales it to width × height, and returns `window` of the result. Only what
 * the window needs is computed. Rounds to 8 bits after the rows and again after the columns, as PIL does, so
 * that the bytes are those of `image.crop(box).resize((width, height), FILTER).crop(window)`.
 *
 * Source: PIL's `Resample.c` for the definition; checked against PIL byte by byte.
 */
export function resize(
  source: Pixels,
  { box, width, height, window, mirror = false, interpolation = "bilinear" }: Resize,
): Pixels {
  const filter = filters[interpolation];
  const left = Math.max(0, window.left);
  const top = Math.max(0, window.top);
  const innerWidth = Math.max(0, Math.min(width, window.left + window.width) - left);
  const innerHeight = Math.max(0, Math.min(height, window.top + window.height) - top);
  const [x, y] = [
    { offset: box.left, length: box.width, size: width },
    { offset: box.top, length: box.height, size: height },
  ];
  const some = innerWidth > 0 && innerHeight > 0;
  const inner = some
    ? scale(
        source.data,
        source.width,
        taps(source.width, x, { first: left, n: innerWidth, backward: mirror }, filter),
        taps(source.height, y, { first: top, n: innerHeight, backward: false }, filter),
      )
    : new Uint8Array();
  if (innerWidth === window.width && innerHeight === window.height) {
    return { data: inner, width: innerWidth, height: innerHeight };
  }
  const data = new Uint8Array(window.width * window.height * 3);
  const line = innerWidth * 3;
  const before = left - window.left;
  const margin = mirror ? window.width - innerWidth - before : before;
  for (let row = 0; row < innerHeight; row++) {
    const to = ((top - window.top + row) * window.width + margin) * 3;
    data.set(inner.subarray(row * line, (row + 1) * line), to);
  }
  return { data, width: window.width, height: window.height };
}
