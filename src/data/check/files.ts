// Files: whether there is a file where each row says, and of what size; without reading any.
import { fileFault, type PictureFault } from "../decode/decode.js";
import { type FileSize, fileSizes } from "../files/file-facts.js";

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
  const sizes = await fileSizes(paths, onProgress);
  return sizes.map((size, i) => {
    const [fault, reason] = faultOf(paths[i], size) ?? [];
    return fault === undefined ? Number(size) : { fault, reason: String(reason) };
  });
}

/** Without an Error, which for each of a million files takes longer than all else. */
function faultOf(path: string, size: FileSize): readonly [PictureFault, string] | undefined {
  if (typeof size === "number") {
    if (size > 0) return undefined;
    return size === 0 ? ["empty", "the file is empty."] : ["foreign", "it is no file, so it is no picture."];
  }
  const known = fileFault(size.code, size.target);
  // Anything else (no more file handles, say) is not the picture's fault.
  if (known === undefined) throw new Error(`${path}: the system cannot say what it is (${size.code}).`);
  return known;
}
