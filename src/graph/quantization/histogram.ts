// Histogram: how often an activation takes which values, and the range in which its bytes should lie.
import type { Range } from "./affine.js";

const BINS = 4096;
const MIDDLE = BINS / 2;
/** Ranges that are tried, as parts of the whole one. */
const TRIED = Array.from({ length: 100 }, (_, i) => (i + 1) / 100);

/** Counts of values in bins of one width over [−limit, limit), which grows as values come. */
export class Histogram {
  private counts = new Float64Array(BINS);
  private limit = 0;
  private least = 0;
  private most = 0;

  add(values: Float32Array): void {
    let [least, most] = [this.least, this.most];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < least) least = value;
      if (value > most) most = value;
    }
    [this.least, this.most] = [least, most];
    this.widen(Math.max(-least, most));
    if (this.limit === 0) return;
    const { counts } = this;
    const scale = MIDDLE / this.limit;
    // Truncation is a floor here, as the sum is never negative.
    for (let i = 0; i < values.length; i++) counts[Math.min(BINS - 1, (values[i] * scale + MIDDLE) | 0)]++;
  }

  /** The least and the greatest value, and 0. */
  get whole(): Range {
    return { low: this.least, high: this.most };
  }

  /**
   * The part of the whole range, taken in from both ends alike, at which the mean square of what quantization
   * changes is least: scale² / 12 for each value inside (a step's rounding, evenly spread), and the square of
   * its distance from the range for each outside (Sung, Shin, Hwang 2015, "Resiliency of Deep Neural Networks
   * under Quantization", section 3).
   */
  get best(): Range {
    const errors = TRIED.map((part) => this.error(this.part(part)));
    return this.part(TRIED[errors.indexOf(Math.min(...errors))]);
  }

  private part(share: number): Range {
    return { low: share * this.least, high: share * this.most };
  }

  private error({ low, high }: Range): number {
    const rounding = ((high - low) / 255) ** 2 / 12;
    const width = this.limit / MIDDLE;
    let sum = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.counts[bin];
      if (count === 0) continue;
      const value = (bin + 0.5 - MIDDLE) * width;
      const outside = Math.max(low - value, value - high, 0);
      sum += count * (outside > 0 ? outside ** 2 : rounding);
    }
    return sum;
  }

  private widen(limit: number): void {
    // The first values tell the scale; later ones double it, so that bins need only be joined in pairs.
    if (this.limit === 0) {
      this.limit = limit;
      return;
    }
    while (limit > this.limit) {
      const joined = new Float64Array(BINS);
      for (let bin = 0; bin < BINS; bin++) joined[BINS / 4 + (bin >> 1)] += this.counts[bin];
      this.counts = joined;
      this.limit *= 2;
    }
  }
}
