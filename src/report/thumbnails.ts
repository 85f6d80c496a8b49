// Thumbnails: small copies of pictures, as data URLs of a bounded length.
import sharp from "sharp";
import { openPicture, PictureError } from "../data/decode/decode.js";

export interface Thumbnail {
  readonly url: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/** The longer side in pixels, and WebP's quality: the first that is short enough is taken. */
const attempts = [
  { side: 224, quality: 62 },
  { side: 176, quality: 58 },
  { side: 144, quality: 52 },
  { side: 112, quality: 40 },
  { side: 80, quality: 30 },
  { side: 48, quality: 20 },
] as const;

const PREFIX = "data:image/webp;base64,";

/**
 * The whole picture, upright; undefined if it cannot be read.
 * @param letters the longest that its URL may be
 */
export async function thumbnail(path: string, letters: number): Promise<Thumbnail | undefined> {
  try {
    const picture = await openPicture(path);
    const shrink = Math.max(1, Math.max(picture.width, picture.height) / attempts[0].side);
    const { data, width, height } = (await picture.decode(shrink)).pixels;
    for (const { side, quality } of attempts) {
      const encoded = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
        .resize(side, side, { fit: "inside", withoutEnlargement: true })
        .webp({ quality })
        .toBuffer({ resolveWithObject: true });
      const url = PREFIX + encoded.data.toString("base64");
      if (url.length <= letters) return { url, width: encoded.info.width, height: encoded.info.height };
    }
    return undefined;
  } catch (error) {
    if (error instanceof PictureError) return undefined;
    throw error;
  }
}
