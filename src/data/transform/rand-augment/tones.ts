// RandAugment's tone curves: each grey level becomes another, wherever it is.
import type { Pixels } from "../../resize/resize.js";

type Curve = (level: number) => number;
const unchanged: Curve = (level) => level;

/** Channel by channel, each with a curve of its own. */
function mapped({ data }: Pixels, curveOf: (channel: number) => Curve): Uint8Array {
  const tables = [0, 1, 2].map((channel) =>
    Uint8ClampedArray.from({ length: 256 }, (_, i) => i).map(curveOf(channel)),
  );
  return data.map((level, i) => tables[i % 3][level]);
}

function histogram({ data }: Pixels, channel: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = channel; i < data.length; i += 3) counts[data[i]]++;
  return counts;
}

/** Keeps the upper `bits` (0 … 8) of each level. */
export function posterize(pixels: Pixels, bits: number): Uint8Array {
  const mask = 256 - 2 ** (8 - bits);
  return mapped(pixels, () => (level) => level & mask);
}

/** Inverts the levels from `threshold` on. */
export function solarize(pixels: Pixels, threshold: number): Uint8Array {
  return mapped(pixels, () => (level) => (level < threshold ? level : 255 - level));
}

/** Stretches each channel from its least and greatest level to 0 and 255. */
export function autoContrast(pixels: Pixels): Uint8Array {
  return mapped(pixels, (channel) => {
    const counts = histogram(pixels, channel);
    const [low, high] = [counts.findIndex(Boolean), counts.findLastIndex(Boolean)];
    if (high <= low) return unchanged;
    const scale = 255 / (high - low);
    // Not (level − low) · scale: the two differ in their last bits, and what is cut off by them.
    const offset = -low * scale;
    return (level) => Math.trunc(level * scale + offset);
  });
}

/** Makes each channel's histogram as even as it can be, in PIL's whole numbers. */
export function equalize(pixels: Pixels): Uint8Array {
  return mapped(pixels, (channel) => {
    const counts = histogram(pixels, channel);
    const all = pixels.data.length / 3;
    // Of a single level nothing is left, and the step is 0.
    const step = Math.floor((all - counts[counts.findLastIndex(Boolean)]) / 255);
    if (step === 0) return unchanged;
    let below = Math.floor(step / 2);
    const levels = Array.from(counts, (count) => {
      const level = Math.floor(below / step);
      below += count;
      return level;
    });
    return (level) => levels[level];
  });
}
