// The thread of a loader: prepares one picture after the other.
import { random } from "../../base/random.js";
import { serveJobs } from "../../base/thread-pool-worker.js";
import { PictureError } from "../decode/decode.js";
import { openInThread } from "../decode/decode-in-thread.js";
import { changedPicture } from "../transform/augmented-image.js";
import type { Transform } from "../transform/crop-plan.js";
import { type KeptPicture, keep, opened } from "./decoded-cache.js";

export interface PictureJob {
  readonly path: string;
  /** Its pixels, where they were kept before. */
  readonly kept?: KeptPicture;
  /** Whether they are to be kept from now on, if it is small. */
  readonly keep: boolean;
  readonly transform: Transform;
  /** The name of the stream that augmentation draws from. */
  readonly stream: readonly [
    seed: number,
    name: "augment",
    epoch: number,
    picture: number,
    ...again: number[],
  ];
}

/** The picture [size, size, 3] and what is to be kept of it, or why there is none. */
export type PictureAnswer =
  | { readonly image: Uint8Array; readonly kept?: KeptPicture }
  | { readonly reason: string };

serveJobs(prepare);

async function prepare({ path, kept, keep: keeps, transform, stream }: PictureJob): Promise<PictureAnswer> {
  try {
    const drawn = random(...stream);
    if (kept) return { image: await changedPicture(opened(kept), transform, drawn) };
    const picture = await openInThread(path);
    const small = keeps ? await keep(picture, transform) : undefined;
    const image = await changedPicture(small ? opened(small) : picture, transform, drawn);
    return { image, kept: small };
  } catch (error) {
    if (error instanceof PictureError) return { reason: error.reason };
    throw error;
  }
}
