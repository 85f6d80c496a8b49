// Decode in a thread: pictures opened in a thread that has nothing else to do, one after the other, waiting for each.
import sharp from "sharp";
import { readRegularSync } from "../../base/regular-file.js";
import { LEAST_SHRINK, type Opening, openBytes, pictureErrorOf } from "./decode.js";
import { type EncodedPicture, whole } from "./encoded-image.js";
import { plainSize } from "./jpeg/plain.js";
import { openTurboJpeg } from "./jpeg/turbo.js";

// There is a thread for each picture in work, and no picture is asked for twice in a row.
sharp.concurrency(1);
sharp.cache(false);

const turbo = await openTurboJpeg();

/** As `openPicture`, with the same pixels and errors. */
export async function openInThread(
  source: string | Uint8Array,
  options: Opening = {},
): Promise<EncodedPicture> {
  const bytes = typeof source === "string" ? readPicture(source) : source;
  const size = plainSize(bytes);
  const opened = () => openBytes(bytes, source, options, size);
  if (turbo === undefined || size === undefined || !turbo.takes(bytes, size)) return opened();
  return {
    ...size,
    async decode(shrink = 1) {
      // It takes no picture of which there is anything to warn.
      const pixels = shrink < LEAST_SHRINK ? turbo.decode(bytes, size) : undefined;
      if (pixels) return { pixels, covers: whole(size.width, size.height) };
      return (await opened()).decode(shrink);
    },
  };
}

function readPicture(path: string): Uint8Array {
  try {
    return readRegularSync(path);
  } catch (error) {
    throw pictureErrorOf(path, error) ?? error;
  }
}
