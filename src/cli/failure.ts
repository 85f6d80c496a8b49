// What is said of an error, and the exit code that goes with it.
import { UserError } from "../base/errors.js";
import { UsageError } from "./usage.js";
import { version } from "./version.js";

/** Errors of the system that its user can mend: no right, no space, no such folder … */
const mendable = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOSPC",
  "EDQUOT",
  "ENOENT",
  "ENOTDIR",
  "EISDIR",
  "EMFILE",
]);

export interface Failure {
  /** "" where nothing is left to say. */
  message: string;
  /** 1: the user can mend it; 2: a fault of ours. */
  exitCode: number;
}

export function failure(error: unknown): Failure {
  if (error instanceof UsageError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof UserError) return { message: error.message, exitCode: 1 };
  if (error instanceof Error && "code" in error && mendable.has(String(error.code))) {
    return { message: `The system refused: ${error.message}.`, exitCode: 1 };
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const machine = `multihot ${version}, Node ${process.version}, ${process.platform} ${process.arch}`;
  return {
    message: `This is a fault of multihot, not of yours. Please report it with these lines:\n${machine}\n${trace}`,
    exitCode: 2,
  };
}
