// Problems: what is wrong with a labels file, collected and told in one report.
import { UserError } from "../base/errors.js";

/** How many problems, and how many rows of one, a report shows. */
const shownProblems = 20;
const shownRows = 5;

/** Collects the problems of one file. What is wrong in many rows in the same way is one problem. */
export class Problems {
  private readonly rowsOf = new Map<string, number[]>();

  /** A sentence, and the row (the file's line, the header being 1) that it is about. */
  add(row: number, sentence: string): void {
    const rows = this.rowsOf.get(sentence);
    if (rows === undefined) this.rowsOf.set(sentence, [row]);
    else if (rows.at(-1) !== row) rows.push(row);
  }

  /** Throws a UserError with all that was collected, if anything was. */
  throwIfAny(source: string): void {
    const count = this.rowsOf.size;
    if (count === 0) return;
    const found = [...this.rowsOf].sort(([, a], [, b]) => a[0] - b[0]);
    const sentences = found
      .slice(0, shownProblems)
      .map(([sentence, rows]) => `${nameRows(rows)}: ${sentence}`);
    if (count > shownProblems) sentences.push(`and ${count - shownProblems} more problems.`);
    throw new UserError(`${source} has ${count === 1 ? "a problem" : `${count} problems`}:`, sentences);
  }
}

function nameRows(rows: readonly number[]): string {
  if (rows.length === 1) return `row ${rows[0]}`;
  if (rows.length <= shownRows) return `rows ${rows.slice(0, -1).join(", ")} and ${rows.at(-1)}`;
  return `rows ${rows.slice(0, shownRows).join(", ")} and ${rows.length - shownRows} more`;
}
