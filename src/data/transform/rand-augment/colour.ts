// RandAugment's enhancements: a picture between, or beyond, a dull version of itself and itself.
import type { Pixels } from "../../resize/resize.js";

/** (1 − factor) · dull + factor · x, cut to whole grey levels; in float32, as PIL does it. */
function enhance(data: Uint8Array, factor: number, dull: (i: number) => number): Uint8Array {
  const out = new Uint8Array(data.length);
  const by = Math.fround(factor);
  for (let i = 0; i < data.length; i++) {
    const from = dull(i);
    const value = Math.fround(from + Math.fround(by * (data[i] - from)));
    out[i] = Math.max(0, Math.min(value, 255));
  }
  return out;
}

/** Rec. 601's luma of the pixel that begins at i, in whole grey levels (PIL's mode L). */
function luma(data: Uint8Array, i: number): number {
  return (19595 * data[i] + 38470 * data[i + 1] + 7471 * data[i + 2] + 0x8000) >> 16;
}

/** Beside black. */
export function brightness({ data }: Pixels, factor: number): Uint8Array {
  return enhance(data, factor, () => 0);
}

/** Beside its grey version: saturation. */
export function colour({ data }: Pixels, factor: number): Uint8Array {
  return enhance(data, factor, (i) => luma(data, i - (i % 3)));
}

/** Beside its mean grey. */
export function contrast({ data }: Pixels, factor: number): Uint8Array {
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += luma(data, i);
  const mean = Math.floor(sum / (data.length / 3) + 0.5);
  return enhance(data, factor, () => mean);
}

/** Beside its smooth version: each pixel 5 parts, its eight neighbours one part each; the margin stays as it is. */
export function sharpness({ data, width, height }: Pixels, factor: number): Uint8Array {
  const row = 3 * width;
  return enhance(data, factor, (i) => {
    const [x, y] = [Math.floor((i % row) / 3), Math.floor(i / row)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return data[i];
    let sum = 4 * data[i];
    for (const at of [i - row, i, i + row]) sum += data[at - 3] + data[at] + data[at + 3];
    return Math.floor(sum / 13 + 0.5);
  });
}
