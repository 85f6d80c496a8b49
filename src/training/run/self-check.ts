// The picture that a bundle keeps for its self-check.
import sharp from "sharp";
import { UserError } from "../../base/errors.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import { PictureError } from "../../data/decode/decode.js";
import { centerTransform } from "../../data/transform/crop-plan.js";
import { preparePicture } from "../../data/transform/prepare-image.js";
import type { Preprocess } from "../../models/preprocess.js";

/** The first picture of a set that can be read, as a small JPEG. */
export async function selfCheckImage(set: Dataset, preprocess: Preprocess): Promise<Uint8Array> {
  for (const { path } of set.pictures) {
    try {
      const { crop } = preprocess;
      const pixels = await preparePicture(path, centerTransform(preprocess));
      return await sharp(pixels, { raw: { width: crop, height: crop, channels: 3 } })
        .jpeg()
        .toBuffer();
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
    }
  }
  throw new UserError(`No picture of ${set.source} can be read.`);
}
