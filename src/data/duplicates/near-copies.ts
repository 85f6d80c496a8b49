// Near copies: which pictures show the same, told by their fingerprints, without comparing all pairs.

import { Groups } from "../../base/grouping.js";
import { fingerprintBytes, hashBytes } from "./fingerprint.js";

/** Bits in which the hashes of near copies may differ, of 64. */
const mostBits = 10;
/** The correlation of their 8 × 8 grey pixels. */
const leastCorrelation = 0.95;
/** Standard deviation of those, in grey levels of 255: below it there is nothing to compare but noise. */
const leastContrast = 4;

/** Hashes are cut in four: of two that differ in 10 bits, one part differs in at most two. */
const parts = 4;
const partBits = 16;
const nearby = masksOf(partBits, Math.floor(mostBits / parts));

/**
 * For each picture the number of its group: near copies, and what a chain of them leads to, share one. Pictures
 * without a fingerprint, and those of nearly one colour, are alone. Memory: about 600 bytes a picture.
 *
 * The search is multi-index hashing: Norouzi, Punjani, Fleet, "Fast search in Hamming space with multi-index
 * hashing" (CVPR 2012).
 */
export function nearCopies(fingerprints: readonly (Uint8Array | undefined)[]): Uint32Array {
  const groups = new Groups(fingerprints.length);
  const items = fingerprints.flatMap((fingerprint, index) => {
    const pixels = fingerprint && standardised(fingerprint.subarray(hashBytes));
    return fingerprint && pixels ? [{ index, hash: wordsOf(fingerprint), pixels }] : [];
  });
  const alike = (a: Item, b: Item) => {
    let sum = 0;
    for (let i = 0; i < a.pixels.length; i++) sum += a.pixels[i] * b.pixels[i];
    return sum >= leastCorrelation;
  };
  // Frames of a film would fill the tables with one hash: of what is alike and has the same, one is enough.
  const kept = distinct(items, alike, (a, b) => groups.join(a.index, b.index));
  // Flat, for the innermost loop.
  const high = Uint32Array.from(kept, ({ hash }) => hash[0]);
  const low = Uint32Array.from(kept, ({ hash }) => hash[1]);
  for (let part = 0; part < parts; part++) {
    const values = Uint32Array.from(kept, ({ hash }) => partOf(hash, part));
    const { starts, order } = tableOf(values);
    for (const [i, own] of values.entries()) {
      for (const mask of nearby) {
        const end = starts[(own ^ mask) + 1];
        // What comes later has met this one already, or will.
        for (let at = starts[own ^ mask]; at < end && order[at] < i; at++) {
          const other = order[at];
          if (ones(high[i] ^ high[other]) + ones(low[i] ^ low[other]) > mostBits) continue;
          const [a, b] = [kept[i], kept[other]];
          if (!groups.joined(a.index, b.index) && alike(a, b)) groups.join(a.index, b.index);
        }
      }
    }
  }
  return groups.numbers();
}

interface Item {
  readonly index: number;
  readonly hash: Uint32Array;
  readonly pixels: Float32Array;
}

/** Of items with the same hash, those that are not alike to an earlier one. */
function distinct(
  items: readonly Item[],
  alike: (a: Item, b: Item) => boolean,
  join: (a: Item, b: Item) => void,
): Item[] {
  const byHash = new Map<string, Item[]>();
  return items.filter((item) => {
    const key = item.hash.join(" ");
    const same = byHash.get(key) ?? [];
    const earlier = same.find((other) => alike(item, other));
    if (earlier) join(item, earlier);
    else byHash.set(key, [...same, item]);
    return earlier === undefined;
  });
}

/** Mean 0 and length 1, so that a product is a correlation; undefined for what has no contrast. */
function standardised(pixels: Uint8Array): Float32Array | undefined {
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const length = Math.sqrt(pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  if (length < leastContrast * Math.sqrt(pixels.length)) return undefined;
  return Float32Array.from(pixels, (value) => (value - mean) / length);
}

function wordsOf(fingerprint: Uint8Array): Uint32Array {
  if (fingerprint.length !== fingerprintBytes) throw new Error("This is no fingerprint.");
  const view = new DataView(fingerprint.buffer, fingerprint.byteOffset, hashBytes);
  return Uint32Array.of(view.getUint32(0), view.getUint32(4));
}

/** Every fourth bit: low frequencies, in which pictures differ less, are spread over all parts. */
function partOf(hash: Uint32Array, part: number): number {
  return everyFourth(hash[0] >>> part) | (everyFourth(hash[1] >>> part) << 8);
}

/** Bits 0, 4, 8 … of 32, side by side. */
function everyFourth(word: number): number {
  let bits = word & 0x11111111;
  bits = (bits | (bits >>> 3)) & 0x03030303;
  bits = (bits | (bits >>> 6)) & 0x000f000f;
  return (bits | (bits >>> 12)) & 0xff;
}

/** How many of 32 bits are set. */
function ones(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** All masks of `bits` bits with at most `most` set. */
function masksOf(bits: number, most: number): Uint32Array {
  return Uint32Array.from({ length: 2 ** bits }, (_, mask) => mask).filter((mask) => ones(mask) <= most);
}

/** The positions of each value: `order[starts[value]]` up to `order[starts[value + 1]]`, ascending. */
function tableOf(values: Uint32Array): { starts: Uint32Array; order: Uint32Array } {
  const starts = new Uint32Array(2 ** partBits + 1);
  for (const value of values) starts[value + 1]++;
  for (let value = 0; value < 2 ** partBits; value++) starts[value + 1] += starts[value];
  const next = starts.slice();
  const order = new Uint32Array(values.length);
  for (const [i, value] of values.entries()) order[next[value]++] = i;
  return { starts, order };
}
