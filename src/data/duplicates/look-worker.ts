// The thread that looks at pictures: opens and decodes one after the other, as training would.

import { serveJobs } from "../../base/thread-pool-worker.js";
import { PictureError, type PictureFault } from "../decode/decode.js";
import { openInThread } from "../decode/decode-in-thread.js";
import { fingerprintOf } from "./fingerprint.js";

/** What a picture is, or what is wrong with it. */
export type Look =
  | {
      readonly width: number;
      readonly height: number;
      readonly fingerprint: Uint8Array;
      /** Whether the decoder warned of data that cannot be. */
      readonly flawed: boolean;
    }
  | { readonly fault: PictureFault; readonly reason: string };

serveJobs((path: string) => look(path));

async function look(path: string, strict = true): Promise<Look> {
  try {
    const picture = await openInThread(path, { strict });
    const { width, height } = picture;
    return { width, height, fingerprint: await fingerprintOf(picture), flawed: !strict };
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    return error.fault === "damaged" && strict
      ? look(path, false)
      : { fault: error.fault, reason: error.reason };
  }
}
