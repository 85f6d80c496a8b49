// The kernel of a resize, by WebAssembly: assembly/resize.ts, so many rows of the picture at a time.
import { type Memory, openKernel, PAGE } from "../../base/wasm.js";
import type { Taps } from "./filter-weights.js";
import { resizeWasm } from "./resize-wasm.js";

/** What assembly/resize.ts exports. Addresses, then numbers. */
interface Kernel {
  readonly memory: Memory;
  scaleRows(
    from: number,
    stride: number,
    rows: number,
    starts: number,
    weights: number,
    outputs: number,
    pairs: number,
    to: number,
  ): void;
  scaleColumns(
    from: number,
    line: number,
    starts: number,
    weights: number,
    outputs: number,
    pairs: number,
    to: number,
  ): void;
}

let kernel: Kernel | undefined;

/** Bytes of the picture that lie in the kernel's memory at a time, if a row has no more. */
const CHUNK = 2 ** 20;

/** Bytes that the kernel may read or write behind what is there. */
const SLACK = 16;

/** The parts of a memory, one behind the other. */
class Layout {
  private end = 0;

  reserve(bytes: number): number {
    const at = this.end;
    this.end += Math.ceil(bytes / 16) * 16;
    return at;
  }

  /** The memory, as large as what has been reserved. */
  held(memory: Memory): Uint8Array {
    const missing = this.end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return new Uint8Array(memory.buffer);
  }
}

/**
 * Scales a picture of RGB bytes first along its rows and then along its columns, and rounds after each.
 * @param data [height, width, 3]
 * @returns [outputs of y, outputs of x, 3]
 */
export function scale(data: Uint8Array, width: number, x: Taps, y: Taps): Uint8Array {
  kernel ??= openKernel<Kernel>(resizeWasm);
  const stride = 3 * width;
  const rows = y.end - y.first;
  const line = 3 * x.starts.length;
  const atOnce = Math.max(1, Math.min(rows, Math.floor(CHUNK / stride)));

  const layout = new Layout();
  const xStarts = layout.reserve(x.starts.byteLength);
  const xWeights = layout.reserve(x.weights.byteLength);
  const yStarts = layout.reserve(y.starts.byteLength);
  const yWeights = layout.reserve(y.weights.byteLength);
  const picture = layout.reserve(atOnce * stride + 6 * x.pairs + SLACK);
  const narrow = layout.reserve((rows + 2 * y.pairs) * line + SLACK);
  const out = layout.reserve(y.starts.length * line + SLACK);
  const held = layout.held(kernel.memory);

  const put = (at: number, { buffer, byteOffset, byteLength }: Uint32Array | Int16Array) =>
    held.set(new Uint8Array(buffer, byteOffset, byteLength), at);
  put(xStarts, x.starts);
  put(xWeights, x.weights);
  put(yStarts, y.starts);
  put(yWeights, y.weights);
  for (let row = 0; row < rows; row += atOnce) {
    const count = Math.min(atOnce, rows - row);
    const from = (y.first + row) * stride;
    held.set(data.subarray(from, from + count * stride), picture);
    const first = picture + 3 * x.first;
    const to = narrow + row * line;
    kernel.scaleRows(first, stride, count, xStarts, xWeights, x.starts.length, x.pairs, to);
  }
  kernel.scaleColumns(narrow, line, yStarts, yWeights, y.starts.length, y.pairs, out);
  return held.slice(out, out + y.starts.length * line);
}
