// The files of an ONNX network: the model, and those beside it that hold its weights.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { UserError } from "../../base/errors.js";
import { readRegular } from "../../base/regular-file.js";
import type { ReadExternal } from "../../graph/foreign/external.js";

/** @throws UserError for a file that is missing or can't be read */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readRegular(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new UserError(
      missing
        ? `There is no file ${path} to read the backbone from.`
        : `${path} can't be read (${String(error)}).`,
    );
  }
}

/** Reads weights from files beside the model, in its folder or below. */
export function externalReader(path: string): ReadExternal {
  const folder = dirname(path);
  return (location, offset, length) => {
    const place = normalize(location);
    if (location === "" || isAbsolute(place) || place.split(/[\\/]/)[0] === "..") {
      throw new UserError(
        `${path} keeps weights in "${location}", which is outside its folder: it isn't read.`,
      );
    }
    return readPart(join(folder, place), offset, length, path);
  };
}

function readPart(file: string, offset: number, length: number | undefined, model: string): Uint8Array {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(
      missing
        ? `${model} keeps its weights in ${file}, which is missing. Put it there under that name: it belongs to the model.`
        : `${file}, with the weights of ${model}, can't be read (${String(error)}).`,
    );
  }
  try {
    const { size } = fstatSync(handle);
    const wanted = length ?? size - offset;
    if (wanted < 0 || offset + wanted > size) {
      throw new UserError(
        `${file}, with the weights of ${model}, is too short: ${size} bytes, and ${offset + wanted} are wanted. ` +
          "Download it again.",
      );
    }
    const bytes = new Uint8Array(wanted);
    for (let done = 0; done < wanted; ) {
      const read = readSync(handle, bytes, done, Math.min(wanted - done, 2 ** 30), offset + done);
      if (read === 0) throw new UserError(`${file} ended while it was read.`);
      done += read;
    }
    return bytes;
  } finally {
    closeSync(handle);
  }
}
