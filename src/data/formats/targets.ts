// Targets: what is known of each label on each image, kept as what differs from the rest of its row.
import { UserError } from "../../base/errors.js";

/** 1 there, 0 not there, −1 unknown, or soft in between. */
type Target = number;
/** What holds of the labels of which a row says nothing. */
export type Others = 0 | -1;

/** The numbers of one array of float32 that a machine has room for: 4 GiB. */
const mostDense = 2 ** 30;

/**
 * Rows of targets. A row holds one value for most labels and names the others, so that a row with three of a thousand
 * labels takes 24 bytes and not 4,000.
 */
export class Targets {
  /**
   * @param width labels
   * @param others for each row what holds of the labels that it does not name
   * @param starts for each row where its named labels begin; and where the last one's end
   * @param columns the named labels, ascending in each row
   * @param values their targets
   */
  constructor(
    readonly width: number,
    private readonly others: Int8Array,
    private readonly starts: Uint32Array,
    private readonly columns: Uint32Array,
    private readonly values: Float32Array,
  ) {}

  get rows(): number {
    return this.others.length;
  }

  other(row: number): Others {
    return this.others[row] as Others;
  }

  at(row: number, column: number): Target {
    let low = this.starts[row];
    const end = this.starts[row + 1];
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.columns[middle] < column) low = middle + 1;
      else high = middle;
    }
    return low < end && this.columns[low] === column ? this.values[low] : this.others[row];
  }

  /** Visits the labels that a row names, ascending. */
  each(row: number, visit: (column: number, target: Target) => void): void {
    for (let i = this.starts[row]; i < this.starts[row + 1]; i++) visit(this.columns[i], this.values[i]);
  }

  /** Whether any target of a row is so. */
  some(row: number, isSo: (target: Target) => boolean): boolean {
    const [start, end] = [this.starts[row], this.starts[row + 1]];
    if (end - start < this.width && isSo(this.others[row])) return true;
    for (let i = start; i < end; i++) if (isSo(this.values[i])) return true;
    return false;
  }

  /** Row-major [width]. */
  row(row: number): Float32Array {
    const dense = new Float32Array(this.width);
    this.write(row, dense, 0);
    return dense;
  }

  /**
   * Row-major [rows, width].
   * @param source the file, for errors
   * @throws UserError where they would take more than 4 GiB
   */
  dense(source: string): Float32Array {
    const size = this.rows * this.width;
    if (size > mostDense) {
      throw new UserError(
        `${source} has ${this.rows} rows and ${this.width} labels: together more targets than fit into memory. Are the ` +
          "labels free text? Leave out those that only a few images have.",
      );
    }
    const dense = new Float32Array(size);
    for (let row = 0; row < this.rows; row++) this.write(row, dense, row * this.width);
    return dense;
  }

  private write(row: number, dense: Float32Array, at: number): void {
    const other = this.others[row];
    if (other !== 0) dense.fill(other, at, at + this.width);
    for (let i = this.starts[row]; i < this.starts[row + 1]; i++)
      dense[at + this.columns[i]] = this.values[i];
  }

  /**
   * The same rows with other labels.
   * @param to for each label its new column, or −1 for none
   * @param width new labels
   * @param otherwise the target of new labels to which none comes
   */
  moved(to: Int32Array, width: number, otherwise: Others): Targets {
    const builder = new TargetsBuilder();
    const given = new Set(to);
    const missing = Array.from({ length: width }, (_, column) => column).filter(
      (column) => !given.has(column),
    );
    for (let row = 0; row < this.rows; row++) {
      const named: [number, Target][] = [];
      this.each(row, (column, target) => {
        if (to[column] >= 0) named.push([to[column], target]);
      });
      if (this.others[row] !== otherwise) for (const column of missing) named.push([column, otherwise]);
      builder.add(this.other(row), named);
    }
    return builder.build(width);
  }
}

/** Collects rows, whose number nobody knows before the last one. */
export class TargetsBuilder {
  private others = new Int8Array(64);
  private starts = new Uint32Array(65);
  private columns = new Uint32Array(64);
  private values = new Float32Array(64);
  private rows = 0;
  private named = 0;

  /** @param named the labels of a row and their targets, each once; they are sorted here */
  add(others: Others, named: readonly (readonly [column: number, target: Target])[]): void {
    const sorted = isAscending(named) ? named : [...named].sort(([a], [b]) => a - b);
    for (const [column, target] of sorted) if (target !== others) this.name(column, target);
    this.end(others);
  }

  /** A row of which each label's target is given. */
  addDense(row: ArrayLike<Target>): void {
    let balance = 0;
    for (let column = 0; column < row.length; column++) {
      if (row[column] === 0) balance++;
      else if (row[column] === -1) balance--;
    }
    const others = balance >= 0 ? 0 : -1;
    for (let column = 0; column < row.length; column++) {
      if (row[column] !== others) this.name(column, row[column]);
    }
    this.end(others);
  }

  build(width: number): Targets {
    const { rows, named } = this;
    return new Targets(
      width,
      this.others.slice(0, rows),
      this.starts.slice(0, rows + 1),
      this.columns.slice(0, named),
      this.values.slice(0, named),
    );
  }

  private name(column: number, target: Target): void {
    if (this.named === this.columns.length) {
      this.columns = grown(this.columns, new Uint32Array(2 * this.named));
      this.values = grown(this.values, new Float32Array(2 * this.named));
    }
    this.columns[this.named] = column;
    this.values[this.named++] = target;
  }

  private end(others: Others): void {
    if (this.rows === this.others.length) {
      this.others = grown(this.others, new Int8Array(2 * this.rows));
      this.starts = grown(this.starts, new Uint32Array(2 * this.rows + 1));
    }
    this.others[this.rows++] = others;
    this.starts[this.rows] = this.named;
  }
}

function grown<T extends Int8Array | Uint32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function isAscending(named: readonly (readonly [number, number])[]): boolean {
  return named.every(([column], i) => i === 0 || named[i - 1][0] < column);
}
