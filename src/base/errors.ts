// An error that the user can mend, worded for a person.

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
    super(problems.length === 0 ? message : [message, ...problems.map((p) => `  - ${p}`)].join("\n"));
    this.problems = problems;
  }
}
