// Pixels: what a browser has decoded, as RGB bytes.
import { type EncodedPicture, whole } from "../data/decode/encoded-image.js";
import type { Sent } from "./messages.js";
import { storedColours } from "./transparent.js";

/** A picture that this browser cannot read; the message is a sentence. */
export class UnreadablePicture extends Error {}

/** Rows that are read back at once. Some browsers refuse a canvas of a phone's largest pictures. */
const BAND = 256;

/**
 * Opens a picture as `openPicture` does in Node: upright, of an animation the first frame, without managing
 * colours, and with transparency dropped rather than laid on a background.
 *
 * Throws an UnreadablePicture.
 */
export async function openSent(picture: Sent): Promise<EncodedPicture> {
  if ("error" in picture) throw new UnreadablePicture(picture.error);
  if (picture instanceof ImageData) return opened(picture, () => withoutAlpha(picture));
  if (picture instanceof ImageBitmap) return opened(picture, () => readBack(picture));
  const bitmap = await decoded(picture);
  return opened(bitmap, () => {
    const data = readBack(bitmap);
    bitmap.close();
    return data;
  });
}

function opened(
  { width, height }: { width: number; height: number },
  read: () => Uint8Array,
): EncodedPicture {
  return {
    width,
    height,
    decode: async () => ({ pixels: { data: read(), width, height }, covers: whole(width, height) }),
  };
}

async function decoded(file: Blob): Promise<ImageBitmap> {
  if (file.size === 0) throw new UnreadablePicture("The file is empty.");
  try {
    return await createImageBitmap(file, {
      imageOrientation: "from-image",
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } catch {
    throw new UnreadablePicture("This is no picture that this browser can read, or it is damaged.");
  }
}

/** RGB of RGBA. */
function withoutAlpha({ data, width, height }: ImageData): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  copyRgb(data, rgb, 0);
  return rgb;
}

/** Copies RGB of RGBA to `at`; returns whether all of it was opaque. */
function copyRgb(rgba: Uint8Array | Uint8ClampedArray, rgb: Uint8Array, at: number): boolean {
  let opacity = 255;
  for (let from = 0, to = at; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
    opacity &= rgba[from + 3];
  }
  return opacity === 255;
}

function readBack(bitmap: ImageBitmap): Uint8Array {
  const { width, height } = bitmap;
  const rgb = new Uint8Array(width * height * 3);
  const rows = Math.min(BAND, height);
  // A canvas that is read often stays in main memory, where no graphics driver rounds.
  const context = new OffscreenCanvas(width, rows).getContext("2d", { willReadFrequently: true });
  if (!context) throw new UnreadablePicture("The browser has no memory left for this picture.");
  context.globalCompositeOperation = "copy";
  let opaque = true;
  for (let top = 0; top < height; top += rows) {
    const n = Math.min(rows, height - top);
    context.drawImage(bitmap, 0, top, width, n, 0, 0, width, n);
    opaque = copyRgb(context.getImageData(0, 0, width, n).data, rgb, top * width * 3) && opaque;
  }
  const stored = opaque ? undefined : storedColours(bitmap);
  if (stored) copyRgb(stored, rgb, 0);
  return rgb;
}
