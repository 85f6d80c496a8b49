// Regular files: opened so that nothing else that stands in a folder can stall the program.
import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { UserError } from "./errors.js";

/** Without O_NONBLOCK (which Windows lacks and does not need), opening a FIFO waits for a writer. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Thrown for a FIFO, a socket or a device, before a byte of it is read. */
export class NotAFileError extends UserError {
  override name = "NotAFileError";
  constructor(path: string, status: Stats) {
    super(`${path} is ${kindOf(status)}; a regular file is wanted.`, [], { code: "NOT_A_FILE" });
  }
}

function kindOf(status: Stats): string {
  if (status.isFIFO()) return "a FIFO (named pipe)";
  return status.isSocket() ? "a socket" : "a device";
}

/** Folders pass: reading one fails at once with EISDIR, for which callers have words of their own. */
export function refuseOthers(path: string, status: Stats): void {
  if (!status.isFile() && !status.isDirectory()) throw new NotAFileError(path, status);
}

/** Opens a file for reading. Rejects with a NotAFileError or the system's error. */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, FLAGS);
  try {
    refuseOthers(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of a file. Rejects with a NotAFileError or the system's error. */
export async function readRegular(path: string): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** As `readRegular`, waiting for it: a tenth of the time, where a thread has nothing else to do. */
export function readRegularSync(path: string): Buffer {
  const file = openSync(path, FLAGS);
  try {
    refuseOthers(path, fstatSync(file));
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Where a link leads; undefined for what is none. */
export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
