// Odd values: those that are no targets, told once for each label. A column of something else would fill a report.
import type { Problems } from "./problems.js";

/** How many different values of a label are shown, and how many letters of each. */
const shown = 3;
const letters = 40;

export class OddValues {
  private readonly oddOf = new Map<string, { values: Set<string>; rows: number[] }>();

  /** @param value as the source writes it */
  add(label: string, row: number, value: string): void {
    const odd = this.oddOf.get(label) ?? { values: new Set(), rows: [] };
    odd.values.add(value.slice(0, letters));
    odd.rows.push(row);
    this.oddOf.set(label, odd);
  }

  /** @param what the source calls the place of a label, @param wanted what it should hold */
  tell(problems: Problems, what: string, wanted: string): void {
    for (const [label, { values, rows }] of this.oddOf) {
      const listed = [...values].slice(0, shown).join(", ") + (values.size > shown ? " and others" : "");
      for (const row of rows) problems.add(row, `the ${what} ${label} holds ${listed}; wanted ${wanted}`);
    }
  }
}
