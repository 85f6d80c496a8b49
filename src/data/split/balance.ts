// Balance: how far the shares of a split are from what they should be, and what a move would change.
import type { Evidence } from "./evidence.js";

/** A single label's share, and that of all pictures, matters more than a pair's; there are far more pairs. */
const weightOfSingles = 10;

/**
 * Keeps Σ w (v − s n)² / n over all kinds of statement, of which the validation set holds v and all pictures
 * n, with s its share; the number of pictures counts as one kind more.
 */
export class Balance {
  /** By kind w / n, and v − s n. */
  private readonly scales: Float64Array;
  private readonly surplus: Float64Array;
  private readonly scaleOfSizes: number;
  private overfull = 0;
  private readonly filled = [0, 0];
  /** By kind the counts of one unit, 0 elsewhere: what bestPartner compares with. */
  private readonly held: Float64Array;

  /** @param sideOf 0 training, 1 validation; `move` changes it */
  constructor(
    private readonly evidence: Evidence,
    share: number,
    private readonly sideOf: Uint8Array,
  ) {
    const { units, sizes, starts, kinds, counts, kindCount, single } = evidence;
    const totals = new Float64Array(kindCount);
    this.surplus = new Float64Array(kindCount);
    this.held = new Float64Array(kindCount);
    let pictures = 0;
    for (let unit = 0; unit < units; unit++) {
      const excess = sideOf[unit] - share;
      this.filled[sideOf[unit]]++;
      pictures += sizes[unit];
      this.overfull += excess * sizes[unit];
      for (let i = starts[unit]; i < starts[unit + 1]; i++) {
        totals[kinds[i]] += counts[i];
        this.surplus[kinds[i]] += excess * counts[i];
      }
    }
    this.scales = totals.map((total, kind) => (kind < single ? weightOfSingles : 1) / total);
    this.scaleOfSizes = weightOfSingles / pictures;
  }

  /** Whether its side would be empty without it. */
  isLast(unit: number): boolean {
    return this.filled[this.sideOf[unit]] === 1;
  }

  /** By how much the sum rises if the unit changes sides. */
  riseOf(unit: number): number {
    const { sizes, starts, kinds, counts } = this.evidence;
    const sign = this.sideOf[unit] === 0 ? 1 : -1;
    // (d + x)² − d² = x (x + 2 d)
    const size = sign * sizes[unit];
    let rise = this.scaleOfSizes * size * (size + 2 * this.overfull);
    for (let i = starts[unit]; i < starts[unit + 1]; i++) {
      const kind = kinds[i];
      const x = sign * counts[i];
      rise += this.scales[kind] * x * (x + 2 * this.surplus[kind]);
    }
    return rise;
  }

  move(unit: number): void {
    const { sizes, starts, kinds, counts } = this.evidence;
    const sign = this.sideOf[unit] === 0 ? 1 : -1;
    this.filled[this.sideOf[unit]]--;
    this.sideOf[unit] = 1 - this.sideOf[unit];
    this.filled[this.sideOf[unit]]++;
    this.overfull += sign * sizes[unit];
    for (let i = starts[unit]; i < starts[unit + 1]; i++) this.surplus[kinds[i]] += sign * counts[i];
  }

  /** The unit of the other side with which changing places is best, −1 where there is none, and the sum's rise. */
  bestPartner(unit: number): { partner: number; rise: number } {
    const { units, sizes, starts, kinds, counts } = this.evidence;
    const alone = this.riseOf(unit);
    for (let i = starts[unit]; i < starts[unit + 1]; i++) this.held[kinds[i]] = counts[i];
    let partner = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let other = 0; other < units; other++) {
      if (this.sideOf[other] === this.sideOf[unit]) continue;
      // Both at once: what the two moves take from each other, 2 x y for each kind, is counted twice.
      let shared = this.scaleOfSizes * sizes[unit] * sizes[other];
      for (let i = starts[other]; i < starts[other + 1]; i++) {
        shared += this.scales[kinds[i]] * this.held[kinds[i]] * counts[i];
      }
      const rise = alone + this.riseOf(other) - 2 * shared;
      if (rise < least) [partner, least] = [other, rise];
    }
    for (let i = starts[unit]; i < starts[unit + 1]; i++) this.held[kinds[i]] = 0;
    return { partner, rise: least };
  }
}
