// Buckets: which of many counts is the least, while they only fall.

/** A priority queue of small integers that only fall: a doubly linked list for each value. */
export class Buckets {
  private readonly heads: Int32Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private lowest = 1;

  /** @param values taken over, and changed */
  constructor(private readonly values: Uint32Array) {
    const most = values.reduce((greatest, value) => Math.max(greatest, value), 0);
    this.heads = new Int32Array(most + 1).fill(-1);
    this.next = new Int32Array(values.length);
    this.previous = new Int32Array(values.length);
    for (let item = values.length - 1; item >= 0; item--) this.insert(item);
  }

  decrease(item: number, by: number): void {
    const [before, after] = [this.previous[item], this.next[item]];
    if (before >= 0) this.next[before] = after;
    else this.heads[this.values[item]] = after;
    if (after >= 0) this.previous[after] = before;
    this.values[item] -= by;
    this.insert(item);
  }

  /** An item of the least value above 0, or −1 where there is none. */
  least(): number {
    while (this.lowest < this.heads.length && this.heads[this.lowest] < 0) this.lowest++;
    return this.lowest < this.heads.length ? this.heads[this.lowest] : -1;
  }

  private insert(item: number): void {
    const value = this.values[item];
    const head = this.heads[value];
    this.next[item] = head;
    this.previous[item] = -1;
    if (head >= 0) this.previous[head] = item;
    this.heads[value] = item;
    if (value > 0 && value < this.lowest) this.lowest = value;
  }
}
