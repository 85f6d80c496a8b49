// Blocked: copies a row-major tensor into a layout with blocks, where oneDNN itself does that wrongly.
import { type Layout, loopsOf, rowMajor } from "../library/layout.js";
import type { HostArray } from "./arrays.js";

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The bits of the nearest bfloat16, the even one of two. */
function toBf16(value: number): number {
  single[0] = value;
  const [all] = bits;
  return Number.isNaN(value) ? 0x7fc0 : (all + 0x7fff + ((all >>> 16) & 1)) >>> 16;
}

/** Fills a layout's memory from float32, with zeros where the blocks reach beyond the tensor. */
export function copyIntoBlocks(layout: Layout, source: HostArray, target: HostArray): void {
  const converted = layout.element === "bf16" ? toBf16 : (value: number) => value;
  const loops = loopsOf(layout);
  const strides = rowMajor(layout.dims);
  const index = layout.dims.map(() => 0);
  const visit = (level: number, position: number, from: number): void => {
    const loop = loops[level];
    if (!loop) {
      target[position] = index.every((at, axis) => at < layout.dims[axis]) ? converted(source[from]) : 0;
      return;
    }
    const { axis, count, step, stride } = loop;
    for (let i = 0; i < count; i++) {
      visit(level + 1, position + i * stride, from + i * step * strides[axis]);
      index[axis] += step;
    }
    index[axis] -= count * step;
  };
  visit(0, 0, 0);
}
