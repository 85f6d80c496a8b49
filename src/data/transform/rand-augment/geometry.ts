// RandAugment's geometry: shear, translation and rotation of a picture; what comes from outside is black.
import type { Pixels } from "../../resize/resize.js";

/** Where an output position (x, y) looks in the picture: (a·x + b·y + c, d·x + e·y + f). */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Positions are in whole 65536ths of a pixel, as in PIL, so that the same pixels are met. */
const fixed = (value: number) => Math.floor(value * 65536 + 0.5);

/** The nearest pixel to where the middle of each output pixel looks. */
function affine({ data, width, height }: Pixels, [a, b, c, d, e, f]: Affine): Uint8Array {
  const out = new Uint8Array(data.length);
  const [xByX, xByY, yByX, yByY] = [fixed(a), fixed(b), fixed(d), fixed(e)];
  const [x0, y0] = [fixed(c + a / 2 + b / 2), fixed(f + d / 2 + e / 2)];
  let at = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 3) {
      const x = Math.floor((x0 + xByX * column + xByY * row) / 65536);
      const y = Math.floor((y0 + yByX * column + yByY * row) / 65536);
      if (x < 0 || x >= width || y < 0 || y >= height) continue;
      const from = 3 * (y * width + x);
      for (let channel = 0; channel < 3; channel++) out[at + channel] = data[from + channel];
    }
  }
  return out;
}

/** Rows move left by `slope` times their distance from the upper edge. */
export function shearX(pixels: Pixels, slope: number): Uint8Array {
  return affine(pixels, [1, slope, 0, 0, 1, 0]);
}

/** Columns move up by `slope` times their distance from the left edge. */
export function shearY(pixels: Pixels, slope: number): Uint8Array {
  return affine(pixels, [1, 0, 0, slope, 1, 0]);
}

/** To the right by so many pixels, whole ones. */
export function translateX(pixels: Pixels, distance: number): Uint8Array {
  return affine(pixels, [1, 0, -Math.trunc(distance), 0, 1, 0]);
}

/** Downwards by so many pixels, whole ones. */
export function translateY(pixels: Pixels, distance: number): Uint8Array {
  return affine(pixels, [1, 0, 0, 0, 1, -Math.trunc(distance)]);
}

/** Against the clock, around the middle. */
export function rotate(pixels: Pixels, degrees: number): Uint8Array {
  const angle = (-degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [pixels.width / 2, pixels.height / 2];
  return affine(pixels, [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y]);
}
