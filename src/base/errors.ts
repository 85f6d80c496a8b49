// An error that the user can mend, worded for a person.
import { shortened } from "./shortened.js";

/**
 * What an error is about, for programs:
 * - `INPUT`: a file, a value or a combination that cannot be used, where nothing below says more;
 * - `OPTIONS`: options that are wrong, or do not go together;
 * - `DATA`: a data set that cannot be trained on;
 * - `IMAGE`: one image that cannot be read (a PictureError, whose `fault` says why);
 * - `NOT_A_FILE`: a FIFO, a socket or a device where a file is wanted;
 * - `RUN_FOLDER`: a run folder that is in use, damaged, not of this run, or not writable;
 * - `DIVERGED`: the loss, a weight or a logit that is no longer finite.
 */
export type ErrorCode = "INPUT" | "OPTIONS" | "DATA" | "IMAGE" | "NOT_A_FILE" | "RUN_FOLDER" | "DIVERGED";

/** How many problems a message lists; `problems` has them all. */
const listed = 100;

/**
 * Thrown for what the caller gave us: a file, an option, a data set. The command line prints its message
 * without a stack and exits with 1; every other error is a fault of ours and exits with 2.
 *
 * The message says what was found, what was wanted and what to do, and names the file and the row.
 */
export class UserError extends Error {
  override name = "UserError";
  /** All problems of one data set or configuration, a sentence each; empty where there is only the message. */
  readonly problems: readonly string[];
  readonly code: ErrorCode;

  /** @param cause the error that led to it, where there was one */
  constructor(
    message: string,
    problems: readonly string[] = [],
    { code = "INPUT", cause }: { code?: ErrorCode; cause?: unknown } = {},
  ) {
    const lines = problems.slice(0, listed).map((problem) => `  - ${shortened(problem)}`);
    if (problems.length > listed) lines.push(`  - and ${problems.length - listed} more`);
    super([shortened(message), ...lines].join("\n"), cause === undefined ? undefined : { cause });
    this.problems = problems;
    this.code = code;
  }

  /** The same error in other words. */
  reworded(words: (text: string) => string): this {
    this.message = words(this.message);
    return Object.assign(this, { problems: this.problems.map(words) });
  }
}
