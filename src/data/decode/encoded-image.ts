// EncodedPicture: a picture that some decoder can open, in Node or in a browser.
import type { Box, Pixels } from "../resize/resize.js";

/** A picture whose size is known and whose pixels can be had. */
export interface EncodedPicture {
  /** Its size when upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * Decodes it, upright. A JPEG or WebP may come out smaller, by at most the factor `shrink` (≥ 1) on each
   * side, where that saves the decoder work.
   */
  decode(shrink?: number): Promise<Decoded>;
}

export interface Decoded {
  readonly pixels: Pixels;
  /** The part of the upright picture that the pixels show, in pixels of its full size. */
  readonly covers: Box;
}

/** What a decoder that leaves nothing out covers. */
export function whole(width: number, height: number): Box {
  return { left: 0, top: 0, width, height };
}
