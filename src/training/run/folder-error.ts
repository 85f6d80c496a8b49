// Errors of a run folder: in use, damaged, not of this run, not writable.
import { UserError } from "../../base/errors.js";

export function folderError(message: string, problems: readonly string[] = [], cause?: unknown): UserError {
  return new UserError(message, problems, { code: "RUN_FOLDER", cause });
}
