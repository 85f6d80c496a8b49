// The thread of a loader: prepares one picture after the other.
import { parentPort } from "node:worker_threads";
import sharp from "sharp";
import { random } from "../base/random.js";
import { PictureError } from "./decode.js";
import { preparePicture } from "./prepare.js";
import type { Transform } from "./transform.js";

export interface PictureJob {
  readonly path: string;
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

/** The picture [size, size, 3], or why there is none. */
export type PictureAnswer = { readonly image: Uint8Array } | { readonly reason: string };

// The pool has a thread for each picture in work, and no picture is asked for twice in a row.
sharp.concurrency(1);
sharp.cache(false);

const port = parentPort;
if (port === null) throw new Error("loader-worker.js runs in a worker thread only.");

let previous: Promise<void> = Promise.resolve();
port.on("message", (job: PictureJob | null) => {
  previous = previous.then(async () => {
    if (job === null) return port.close();
    const answer = await prepare(job);
    port.postMessage(answer, "image" in answer ? [answer.image.buffer as ArrayBuffer] : []);
  });
});

async function prepare({ path, transform, stream }: PictureJob): Promise<PictureAnswer> {
  try {
    return { image: await preparePicture(path, transform, random(...stream)) };
  } catch (error) {
    if (error instanceof PictureError) return { reason: error.reason };
    throw error;
  }
}
