// An error that the user can mend, worded for a person.
import { shortened } from "./shortened.js";

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

  constructor(message: string, problems: readonly string[] = []) {
    const lines = problems.slice(0, listed).map((problem) => `  - ${shortened(problem)}`);
    if (problems.length > listed) lines.push(`  - and ${problems.length - listed} more`);
    super([shortened(message), ...lines].join("\n"));
    this.problems = problems;
  }
}
