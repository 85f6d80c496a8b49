// Resize: a separable triangle filter with antialiasing on RGB bytes; the same numbers as PIL's BILINEAR.
//
// Runs in Node and in browsers alike, so that a picture becomes the same input everywhere.

/** A decoded picture: RGB, 8 bits each, row-major [height, width, 3]. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A rectangle, in pixels from the upper left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What is cut out, to which size it is scaled, and which part of the result is wanted. */
export interface Resize {
  /** The part of the source that is scaled; no pixel outside it is looked at. Its edges may cut pixels. */
  readonly box: Box;
  /** The size to which `box` is scaled: integers. */
  readonly width: number;
  readonly height: number;
  /** The part of the scaled picture that is computed: integers. What lies outside the picture is black. */
  readonly window: Box;
}

/** For each output position along one axis: where its inputs start, how many they are, and their weights. */
interface Taps {
  readonly start: Int32Array;
  /** Three at least, weights of zero among them: the loops take the first three at once. */
  readonly count: Int32Array;
  /** [outputs, span], fixed point with `fraction` bits. */
  readonly weights: Int32Array;
  readonly span: number;
}

/** 8 bits of value and one of headroom fit a signed 32-bit sum beside 22 bits of fraction. */
const fraction = 22;
const half = 1 << (fraction - 1);

/**
 * The weights of outputs `first` … `first + n − 1` of an axis on which [offset, offset + length) of a source
 * of `limit` pixels is scaled to `size`. With s = length / size and r = max(s, 1), output i is centred on
 * c = offset + (i + ½) s, and source pixel j weighs 1 − |j + ½ − c| / r where that is positive, the weights
 * of one output scaled to a sum of 1. (PIL, `Resample.c`: the triangle of its BILINEAR, as wide as the step.)
 */
function taps(limit: number, offset: number, length: number, size: number, first: number, n: number): Taps {
  const scale = length / size;
  const reach = Math.max(scale, 1);
  const low = Math.max(0, Math.floor(offset));
  const high = Math.min(limit, Math.ceil(offset + length));
  const span = Math.ceil(reach) * 2 + 1;
  const start = new Int32Array(n);
  const count = new Int32Array(n);
  const weights = new Int32Array(n * span);
  const exact = new Float64Array(span);
  for (let i = 0; i < n; i++) {
    const center = offset + (first + i + 0.5) * scale;
    const from = Math.max(low, Math.trunc(center - reach + 0.5));
    const to = Math.min(high, Math.trunc(center + reach + 0.5));
    let sum = 0;
    for (let j = from; j < to; j++) {
      const weight = Math.max(0, 1 - Math.abs(j + 0.5 - center) / reach);
      exact[j - from] = weight;
      sum += weight;
    }
    // A weight of zero at the rim costs time and changes nothing.
    let last = to - from;
    while (last > 1 && exact[last - 1] === 0) last--;
    // Three lie within the source, if it has as many: what is read beyond it is undefined, and counts as 0.
    start[i] = Math.min(from, Math.max(0, limit - 3));
    const skipped = from - start[i];
    for (let j = 0; j < last; j++) {
      weights[i * span + skipped + j] = Math.floor((exact[j] / sum) * 2 ** fraction + 0.5);
    }
    count[i] = Math.max(3, skipped + last);
  }
  return { start, count, weights, span };
}

/** What the first three inputs of an output sum up to, with the half that rounds. */
function threeTaps(a: number, u: number, b: number, v: number, c: number, w: number): number {
  return (half + Math.imul(a, u) + Math.imul(b, v) + Math.imul(c, w)) | 0;
}

/** Rows `top` … `top + rows − 1` of the source, each scaled to the outputs of `x`: [rows, outputs, 3]. */
function scaleRows(source: Pixels, x: Taps, top: number, rows: number): Uint8Array {
  const { data, width } = source;
  const { start, count, weights, span } = x;
  const n = start.length;
  const out = new Uint8Array(rows * n * 3);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const line = (top + row) * width;
    for (let i = 0; i < n; i++) {
      let from = (line + start[i]) * 3;
      let tap = i * span;
      const end = tap + count[i];
      const u = weights[tap];
      const v = weights[tap + 1];
      const w = weights[tap + 2];
      let red = threeTaps(data[from], u, data[from + 3], v, data[from + 6], w);
      let green = threeTaps(data[from + 1], u, data[from + 4], v, data[from + 7], w);
      let blue = threeTaps(data[from + 2], u, data[from + 5], v, data[from + 8], w);
      for (tap += 3, from += 9; tap < end; tap++, from += 3) {
        const weight = weights[tap];
        red = (red + Math.imul(data[from], weight)) | 0;
        green = (green + Math.imul(data[from + 1], weight)) | 0;
        blue = (blue + Math.imul(data[from + 2], weight)) | 0;
      }
      out[at] = red >> fraction;
      out[at + 1] = green >> fraction;
      out[at + 2] = blue >> fraction;
      at += 3;
    }
  }
  return out;
}

/** The outputs of `y`, each a weighted sum of lines of `rows` [rows, line]; `rows` begins at source row `top`. */
function scaleColumns(rows: Uint8Array, line: number, y: Taps, top: number): Uint8Array {
  const { start, count, weights, span } = y;
  const n = start.length;
  const out = new Uint8Array(n * line);
  const sums = new Int32Array(line);
  for (let i = 0; i < n; i++) {
    const tap = i * span;
    const a = (start[i] - top) * line;
    const b = a + line;
    const c = b + line;
    const u = weights[tap];
    const v = weights[tap + 1];
    const w = weights[tap + 2];
    const to = i * line;
    if (count[i] === 3) {
      for (let k = 0; k < line; k++) {
        out[to + k] = threeTaps(rows[a + k], u, rows[b + k], v, rows[c + k], w) >> fraction;
      }
      continue;
    }
    for (let k = 0; k < line; k++) sums[k] = threeTaps(rows[a + k], u, rows[b + k], v, rows[c + k], w);
    for (let t = 3; t < count[i]; t++) {
      const weight = weights[tap + t];
      const from = a + t * line;
      for (let k = 0; k < line; k++) sums[k] += Math.imul(rows[from + k], weight);
    }
    for (let k = 0; k < line; k++) out[to + k] = sums[k] >> fraction;
  }
  return out;
}

/**
 * Cuts `box` out of the picture, scales it to width × height, and returns `window` of the result. Only what
 * the window needs is computed. Rounds to 8 bits after the rows and again after the columns, as PIL does, so
 * that the bytes are those of `image.crop(box).resize((width, height), BILINEAR).crop(window)`.
 *
 * Source: PIL's `Resample.c` for the definition; checked against PIL byte by byte.
 */
export function resize(source: Pixels, { box, width, height, window }: Resize): Pixels {
  const left = Math.max(0, window.left);
  const top = Math.max(0, window.top);
  const innerWidth = Math.max(0, Math.min(width, window.left + window.width) - left);
  const innerHeight = Math.max(0, Math.min(height, window.top + window.height) - top);
  const x = taps(source.width, box.left, box.width, width, left, innerWidth);
  const y = taps(source.height, box.top, box.height, height, top, innerHeight);
  const firstRow = innerHeight === 0 ? 0 : y.start[0];
  const rows = innerHeight === 0 ? 0 : y.start[innerHeight - 1] + y.count[innerHeight - 1] - firstRow;
  const line = innerWidth * 3;
  const inner = scaleColumns(scaleRows(source, x, firstRow, rows), line, y, firstRow);
  if (innerWidth === window.width && innerHeight === window.height) {
    return { data: inner, width: innerWidth, height: innerHeight };
  }
  const data = new Uint8Array(window.width * window.height * 3);
  for (let row = 0; row < innerHeight; row++) {
    const to = ((top - window.top + row) * window.width + left - window.left) * 3;
    data.set(inner.subarray(row * line, (row + 1) * line), to);
  }
  return { data, width: window.width, height: window.height };
}
