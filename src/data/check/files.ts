// Files: whether there is a file where each row says, and of what size; without reading any.
import { stat } from "node:fs/promises";
import { PictureError, type PictureFault, pictureErrorOf } from "../decode.js";
import { inTurns } from "../in-turns.js";

/** Why there is no picture. */
export interface Fault {
  readonly fault: PictureFault;
  readonly reason: string;
}

/** For each path the bytes of its file, or what is wrong with it. */
export async function statFiles(
  paths: readonly string[],
  onProgress?: (done: number, total: number) => void,
): Promise<(number | Fault)[]> {
  let done = 0;
  return inTurns(paths, async (path) => {
    const found = await stat(path).then(
      (status) =>
        status.isFile()
          ? status.size > 0
            ? status.size
            : new PictureError(path, "empty", "the file is empty.")
          : new PictureError(path, "foreign", "it is no file, so it is no picture."),
      (error: unknown) => {
        const known = pictureErrorOf(path, error);
        if (known === undefined) throw error;
        return known;
      },
    );
    onProgress?.(++done, paths.length);
    return typeof found === "number" ? found : { fault: found.fault, reason: found.reason };
  });
}
