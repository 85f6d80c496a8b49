// Sort: numbers in ascending order, in linear time.

/** Numbers of one or of two words of 32 bits. */
export type Floats = Float32Array | Float64Array;

/** Digits of 11, 11 and 10 bits make a word. */
const shifts = [0, 11, 22];
const RADIX = 2048;

/** Below so many numbers, comparing them is faster than counting their digits. */
const FEW = 300;

/** Sorts up to `capacity` numbers at a time, ten times as fast as a typed array's own sort does 100,000. */
export class Sorter {
  private readonly spare: Uint32Array;
  private readonly counts = shifts.map(() => new Uint32Array(RADIX));

  constructor(capacity: number) {
    this.spare = new Uint32Array(capacity < FEW ? 0 : 2 * capacity);
  }

  /** Sorts in place and returns `values`, which must not hold NaN. −0 becomes 0. */
  sort<Values extends Floats>(values: Values): Values {
    if (values.length < FEW) {
      values.sort();
      return values;
    }
    for (let i = 0; i < values.length; i++) values[i] += 0;
    const width = values.BYTES_PER_ELEMENT / 4;
    const words = new Uint32Array(values.buffer, values.byteOffset, width * values.length);
    toKeys(words, width);
    let [from, to] = [words, this.spare];
    for (let word = 0; word < width; word++) {
      countDigits(from, words.length, word, width, this.counts);
      for (const [digit, shift] of shifts.entries()) {
        const counts = this.counts[digit];
        if (!startsOf(counts, values.length)) continue;
        scatter(from, to, words.length, word, width, shift, counts);
        [from, to] = [to, from];
      }
    }
    if (from !== words) words.set(from.subarray(0, words.length));
    fromKeys(words, width);
    return values;
  }
}

/** Counts the digits of a word of each number. */
function countDigits(
  words: Uint32Array,
  length: number,
  word: number,
  width: number,
  [low, middle, high]: readonly Uint32Array[],
): void {
  for (const counts of [low, middle, high]) counts.fill(0);
  for (let i = word; i < length; i += width) {
    const key = words[i];
    low[key & (RADIX - 1)]++;
    middle[(key >>> 11) & (RADIX - 1)]++;
    high[key >>> 22]++;
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

/** Moves numbers of one or two words to where those of their digit begin. */
function scatter(
  from: Uint32Array,
  to: Uint32Array,
  length: number,
  word: number,
  width: number,
  shift: number,
  starts: Uint32Array,
): void {
  if (width === 1) {
    for (let i = 0; i < length; i++) to[starts[(from[i] >>> shift) & (RADIX - 1)]++] = from[i];
    return;
  }
  for (let i = 0; i < length; i += 2) {
    const at = 2 * starts[(from[i + word] >>> shift) & (RADIX - 1)]++;
    to[at] = from[i];
    to[at + 1] = from[i + 1];
  }
}

// Read as integers, floats are in order but for the sign: negative ones come last, and backwards.
function toKeys(words: Uint32Array, width: number): void {
  for (let last = width - 1; last < words.length; last += width) {
    const flip = words[last] >> 31;
    if (width === 2) words[last - 1] ^= flip;
    words[last] ^= flip | 0x80000000;
  }
}

function fromKeys(words: Uint32Array, width: number): void {
  for (let last = width - 1; last < words.length; last += width) {
    const flip = ~(words[last] >> 31);
    if (width === 2) words[last - 1] ^= flip;
    words[last] ^= flip | 0x80000000;
  }
}
