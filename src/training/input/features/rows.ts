// Rows: what the trunk gives for one picture, as bytes: half precision, each value with a scale of its own.
import { fromHalfInto, toHalf } from "../../../base/half.js";
import type { ValueInfo } from "../../../graph/graph.js";
import { sizeOf } from "../../../graph/tensor.js";

/** The elements of a value [N, …] that are one picture's. */
export const perPicture = ({ shape }: ValueInfo) => sizeOf(shape.slice(1).map(Number));

/**
 * The power of two that brings the greatest magnitude to [2¹⁴, 2¹⁵): multiplying by it is exact, so that of float32's
 * 24 bits half precision keeps 11, whatever the values' size, and everything down to 2⁻²⁹ of the greatest.
 */
function scaleOf(values: Float32Array): number {
  let greatest = 0;
  for (let i = 0; i < values.length; i++) greatest = Math.max(greatest, Math.abs(values[i]));
  if (!(greatest > 0 && greatest < Infinity)) return 1;
  // The scale and its inverse are to be float32 themselves.
  return 2 ** Math.min(126, Math.max(-126, 14 - Math.floor(Math.log2(greatest))));
}

/** The bytes of a row: a float32 for each value's scale, then the values' halves, one value after the other. */
export class Rows {
  private readonly sizes: readonly number[];
  /** Of a row. A multiple of 4. */
  readonly bytes: number;

  constructor(values: readonly ValueInfo[]) {
    this.sizes = values.map(perPicture);
    const halves = this.sizes.reduce((sum, size) => sum + size, 0);
    this.bytes = 4 * (values.length + Math.ceil(halves / 2));
  }

  /** Writes a row at `offset`, a multiple of 4. @param parts of each value the picture's elements */
  write(into: Uint8Array, offset: number, parts: readonly Float32Array[]): void {
    let at = into.byteOffset + offset + 4 * parts.length;
    for (const [i, part] of parts.entries()) {
      const scale = scaleOf(part);
      new Float32Array(into.buffer, into.byteOffset + offset + 4 * i, 1)[0] = 1 / scale;
      new Uint16Array(into.buffer, at, part.length).set(toHalf(part.map((x) => x * scale)));
      at += 2 * part.length;
    }
  }

  /** Reads a row into each value's memory for the picture. @param row begins at a multiple of 4 of its buffer */
  read(row: Uint8Array, parts: readonly Float32Array[]): void {
    const { buffer, byteOffset } = row;
    const scales = new Float32Array(buffer, byteOffset, this.sizes.length);
    let at = byteOffset + 4 * this.sizes.length;
    for (const [i, size] of this.sizes.entries()) {
      fromHalfInto(new Uint16Array(buffer, at, size), parts[i], scales[i]);
      at += 2 * size;
    }
  }
}
