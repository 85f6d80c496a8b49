// Building a table row by row, from what each row says is there, is not, and is not known.
import type { Row, Table } from "./format.js";
import { type Others, TargetsBuilder } from "./targets.js";

/** What a source says of one picture; a label in several lists counts by the first of them. */
export interface Marks {
  readonly there: Iterable<string>;
  readonly unknown?: Iterable<string>;
  readonly absent?: Iterable<string>;
  /** What holds of every other label; default 0. */
  readonly others?: Others;
}

/** Collects rows whose labels are not all known before the last one. */
export class TableBuilder {
  private readonly rows: Row[] = [];
  private readonly marks: { named: [number, number][]; others: Others }[] = [];
  private readonly columnOf = new Map<string, number>();

  /** @param declared the labels and their order, where the source lists them; else they are sorted by name */
  constructor(private readonly declared?: readonly string[]) {
    for (const label of declared ?? []) this.column(label);
  }

  add(row: Row, { there, unknown = [], absent = [], others = 0 }: Marks): void {
    const seen = new Set<number>();
    const named: [number, number][] = [];
    const mark = (labels: Iterable<string>, target: number) => {
      for (const label of labels) {
        const column = this.column(label);
        if (seen.size < seen.add(column).size) named.push([column, target]);
      }
    };
    mark(there, 1);
    mark(unknown, -1);
    mark(absent, 0);
    this.rows.push(row);
    this.marks.push({ named, others });
  }

  /** Names a label that no row may have. */
  column(label: string): number {
    const column = this.columnOf.get(label) ?? this.columnOf.size;
    this.columnOf.set(label, column);
    return column;
  }

  table(otherwise: Others): Table {
    const found = [...this.columnOf.keys()];
    const labels = this.declared === undefined ? found.slice().sort() : found;
    const place = new Map(labels.map((label, column) => [label, column]));
    const columns = found.map((label) => place.get(label) ?? 0);
    const builder = new TargetsBuilder();
    for (const { named, others } of this.marks) {
      builder.add(
        others,
        named.map(([column, target]) => [columns[column], target] as const),
      );
    }
    return { labels, rows: this.rows, targets: builder.build(labels.length), otherwise };
  }
}
