// The two passes of a resize on RGB bytes, in AssemblyScript: a TypeScript that compiles to WebAssembly SIMD.
//
// A weight of 22 bits is hi · 2¹¹ + lo, both of which fit 16 bits: one instruction multiplies eight bytes with such
// halves and adds the products of neighbours. Sums are exact modulo 2³², and what they end as fits.

/** Bits of a weight behind the point. */
const FRACTION: i32 = 22;
/** Bits of its lower half. */
const LOW: i32 = 11;

/** Sums of both halves → levels from 0 to 255, in 32 bits each. */
function levels(high: v128, low: v128): v128 {
  const sum = i32x4.add(i32x4.add(i32x4.shl(high, LOW), low), i32x4.splat(1 << (FRACTION - 1)));
  return i32x4.shr_s(sum, FRACTION);
}

/**
 * Scales each row of a picture: [rows, width, 3] → [rows, outputs, 3].
 * @param stride bytes from one row of the picture to the next
 * @param starts for each output, the column of its first input
 * @param weights for each output so many `pairs`, each the high halves of two inputs' weights and then the low ones
 * @param to gets one byte more than the result has
 */
export function scaleRows(
  from: usize,
  stride: usize,
  rows: i32,
  starts: usize,
  weights: usize,
  outputs: i32,
  pairs: i32,
  to: usize,
): void {
  const apart = i8x16(0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16);
  for (let row = 0; row < rows; row++, from += stride) {
    let weight = weights;
    for (let i = 0; i < outputs; i++, to += 3) {
      let at = from + 3 * <usize>load<u32>(starts + 4 * <usize>i);
      let high = i32x4.splat(0);
      let low = i32x4.splat(0);
      for (let pair = 0; pair < pairs; pair++, at += 6, weight += 8) {
        // Red of both pixels, green of both, blue of both.
        const two = i8x16.swizzle(v128.load64_zero(at), apart);
        high = i32x4.add(high, i32x4.dot_i16x8_s(two, v128.load32_splat(weight)));
        low = i32x4.add(low, i32x4.dot_i16x8_s(two, v128.load32_splat(weight, 4)));
      }
      const words = i16x8.narrow_i32x4_s(levels(high, low), high);
      v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
    }
  }
}

/**
 * Scales the columns: [rows, line] → [outputs, line].
 * @param starts for each output, the row of its first input
 * @param weights as in `scaleRows`
 * @param to gets up to 15 bytes more than the result has
 */
export function scaleColumns(
  from: usize,
  line: usize,
  starts: usize,
  weights: usize,
  outputs: i32,
  pairs: i32,
  to: usize,
): void {
  for (let i = 0; i < outputs; i++, to += line) {
    const first = from + <usize>load<u32>(starts + 4 * <usize>i) * line;
    for (let column: usize = 0; column < line; column += 16) {
      let at = first + column;
      let weight = weights;
      let high0 = i32x4.splat(0);
      let high1 = high0;
      let high2 = high0;
      let high3 = high0;
      let low0 = high0;
      let low1 = high0;
      let low2 = high0;
      let low3 = high0;
      for (let pair = 0; pair < pairs; pair++, at += 2 * line, weight += 8) {
        const upper = v128.load(at);
        const lower = v128.load(at + line);
        const left = v128.shuffle<u8>(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const right = v128.shuffle<u8>(
          upper,
          lower,
          8,
          24,
          9,
          25,
          10,
          26,
          11,
          27,
          12,
          28,
          13,
          29,
          14,
          30,
          15,
          31,
        );
        const two0 = i16x8.extend_low_i8x16_u(left);
        const two1 = i16x8.extend_high_i8x16_u(left);
        const two2 = i16x8.extend_low_i8x16_u(right);
        const two3 = i16x8.extend_high_i8x16_u(right);
        const high = v128.load32_splat(weight);
        const low = v128.load32_splat(weight, 4);
        high0 = i32x4.add(high0, i32x4.dot_i16x8_s(two0, high));
        high1 = i32x4.add(high1, i32x4.dot_i16x8_s(two1, high));
        high2 = i32x4.add(high2, i32x4.dot_i16x8_s(two2, high));
        high3 = i32x4.add(high3, i32x4.dot_i16x8_s(two3, high));
        low0 = i32x4.add(low0, i32x4.dot_i16x8_s(two0, low));
        low1 = i32x4.add(low1, i32x4.dot_i16x8_s(two1, low));
        low2 = i32x4.add(low2, i32x4.dot_i16x8_s(two2, low));
        low3 = i32x4.add(low3, i32x4.dot_i16x8_s(two3, low));
      }
      const words0 = i16x8.narrow_i32x4_s(levels(high0, low0), levels(high1, low1));
      const words1 = i16x8.narrow_i32x4_s(levels(high2, low2), levels(high3, low3));
      v128.store(to + column, i8x16.narrow_i16x8_u(words0, words1));
    }
    weights += 8 * <usize>pairs;
  }
}
