// The thread that turns pictures which strangers have sent into the network's input.

import { serveJobs } from "../base/thread-pool-worker.js";
import { PictureError } from "../data/decode/decode.js";
import { openInThread } from "../data/decode/decode-in-thread.js";
import type { Geometry } from "../data/transform/crop-plan.js";
import { transformPicture } from "../data/transform/transform.js";

export interface DecodeJob {
  /** A picture file's content. */
  readonly bytes: Uint8Array;
  readonly transform: Geometry;
  /** The most that a picture may have. */
  readonly maxPixels: number;
}

/** The picture [size, size, 3]; or why there is none; or that something failed which is not its fault. */
export type DecodeAnswer =
  | { readonly image: Uint8Array }
  | { readonly reason: string }
  | { readonly fault: string };

serveJobs(decode);

async function decode({ bytes, transform, maxPixels }: DecodeJob): Promise<DecodeAnswer> {
  try {
    const picture = await openInThread(bytes);
    const { width, height } = picture;
    if (width * height > maxPixels) {
      const most = (maxPixels / 1e6).toLocaleString("en");
      return { reason: `it has ${width} × ${height} pixels; ${most} million are allowed.` };
    }
    return { image: await transformPicture(picture, transform) };
  } catch (error) {
    if (error instanceof PictureError) return { reason: error.reason };
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
