// The binary cross-entropy of four logits at a time, in AssemblyScript: a TypeScript that compiles to WebAssembly SIMD.
//
// For targets that are 1, 0 or unknown. All in float32, from the forms at the foot of ../bce.ts, in which nothing
// cancels for such targets; each step adds half a unit in the last place or less, three in all.

/** Elements in a block; its logits, targets and gradients lie one behind the other from address 0. */
export const BLOCK: i32 = 8192;

const TARGETS: usize = 4 * BLOCK;
const GRADIENTS: usize = 8 * BLOCK;

/** What was met: bit 0 a soft target, bit 1 one that is none. The block's results do not count then. */
export let odd: i32 = 0;
/** Known targets. */
export let known: i32 = 0;

// @ts-expect-error: decorator
function all(x: f32): v128 {
  return f32x4.splat(x);
}

/** e^y for y ≤ 0: y = k·ln 2 + r with |r| ≤ ln 2 / 2, Taylor's series of e^r to r⁷ (5·10⁻⁹), times 2^k. */
// @ts-expect-error: decorator
function exp(y: v128): v128 {
  // Below −150 all is 0 in float32.
  const x = f32x4.max(y, all(-150));
  const k = f32x4.nearest(f32x4.mul(x, all(<f32>Math.LOG2E)));
  // ln 2 in two parts, of which k times the first is exact.
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(k, all(0.693359375))),
    f32x4.mul(k, all(-0.00021219444005469057)),
  );
  let p = f32x4.add(f32x4.mul(r, all(1 / 5040)), all(1 / 720));
  p = f32x4.add(f32x4.mul(r, p), all(1 / 120));
  p = f32x4.add(f32x4.mul(r, p), all(1 / 24));
  p = f32x4.add(f32x4.mul(r, p), all(1 / 6));
  p = f32x4.add(f32x4.mul(r, p), all(0.5));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), all(1));
  // 2^k in two factors, since k goes down to −216.
  const n = i32x4.trunc_sat_f32x4_s(k);
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(p, power(half)), power(i32x4.sub(n, half)));
}

/** 2^n by its bits. */
// @ts-expect-error: decorator
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** log(1 + z) for z from 0 to 1: 2·artanh(s) with s = z / (2 + z) ≤ 1/3, its series to s¹³ (10⁻⁸). */
// @ts-expect-error: decorator
function log1p(z: v128): v128 {
  const s = f32x4.div(z, f32x4.add(z, all(2)));
  const q = f32x4.mul(s, s);
  let p = f32x4.add(f32x4.mul(q, all(2.0 / 13)), all(2.0 / 11));
  p = f32x4.add(f32x4.mul(q, p), all(2.0 / 9));
  p = f32x4.add(f32x4.mul(q, p), all(2.0 / 7));
  p = f32x4.add(f32x4.mul(q, p), all(2.0 / 5));
  p = f32x4.add(f32x4.mul(q, p), all(2.0 / 3));
  return f32x4.add(f32x4.add(s, s), f32x4.mul(f32x4.mul(q, p), s));
}

/**
 * Value and gradient of the first `length` elements, a multiple of 4.
 * @param divisor of the gradients
 * @returns the sum of the losses, in double
 */
export function bce(length: i32, divisor: f32): f64 {
  const zero = all(0);
  const one = all(1);
  let sum = f64x2.splat(0);
  let unknowns = i32x4.splat(0);
  let soft = i32x4.splat(0);
  let wrong = i32x4.splat(0);
  const end = <usize>length * 4;
  for (let at: usize = 0; at < end; at += 16) {
    const x = v128.load(at);
    const t = v128.load(at + TARGETS);
    const there = f32x4.eq(t, one);
    const unknown = f32x4.lt(t, zero);
    unknowns = i32x4.sub(unknowns, unknown);
    wrong = v128.or(wrong, v128.not(f32x4.le(t, one)));
    soft = v128.or(soft, v128.not(v128.or(v128.or(there, unknown), f32x4.eq(t, zero))));

    const z = exp(f32x4.neg(f32x4.abs(x)));
    const opposed = v128.bitselect(f32x4.neg(x), x, there);
    const loss = f32x4.add(f32x4.max(opposed, zero), log1p(z));
    // σ(x) where the label is not there, −σ(−x) where it is.
    const lesser = f32x4.le(opposed, zero);
    const slope = f32x4.div(v128.bitselect(z, one, lesser), f32x4.mul(f32x4.add(one, z), all(divisor)));
    const signed = v128.bitselect(f32x4.neg(slope), slope, there);
    v128.store(at + GRADIENTS, v128.andnot(signed, unknown));
    const counted = v128.andnot(loss, unknown);
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(counted));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.shuffle<f32>(counted, counted, 2, 3, 0, 1)));
  }
  odd = (v128.any_true(soft) ? 1 : 0) | (v128.any_true(wrong) ? 2 : 0);
  known =
    length -
    (i32x4.extract_lane(unknowns, 0) +
      i32x4.extract_lane(unknowns, 1) +
      i32x4.extract_lane(unknowns, 2) +
      i32x4.extract_lane(unknowns, 3));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
