// The binary cross-entropy of soft targets, two logits at a time in double: the gradient is a difference that passes
// through 0, near which float32 keeps no digits of it.
import { both, GRADIENTS, IF_ABSENT, IF_THERE, TARGETS } from "./block";

/** a·b + c */
function mad(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), c);
}

/** Two float32 as doubles. */
function load(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/**
 * Value and gradient of the first `length` elements, an even number, for targets from 0 to 1 or unknown: (1) and (2) at
 * the foot of ../bce.ts, where t·(1 − ε) + ε/2 stands for t, and a and b hold what the element weighs.
 * @param divisor of the gradients
 * @param smoothing ε
 * @returns the sum of the losses
 */
export function soft(length: i32, divisor: f64, smoothing: f64): f64 {
  const zero = both(0);
  const sign = both(-0.0);
  const half = both(0.5);
  const one = both(1);
  const kept = both(1 - smoothing);
  const spread = both(smoothing / 2);
  const scale = both(divisor);
  // Below it all is 0 in float32, whatever it weighs.
  const least = both(-150);
  const log2e = both(Math.LOG2E);
  // A sum with 1.5·2⁵² has no bits for a fraction, and k in its lowest ones.
  const shift = both(6755399441055744);
  // ln 2 in two parts, of which k times the first is exact.
  const ln2 = both(0.6931471803691238);
  const ln2rest = both(1.9082149292705877e-10);
  // e^r = 1 + r + r²·p(r) for |r| ≤ ln 2 / 2, to 1.2·10⁻¹⁵: through Chebyshev's points.
  const p0 = half;
  const p1 = both(0.1666666666664829);
  const p2 = both(0.04166666666665136);
  const p3 = both(0.008333333353729397);
  const p4 = both(0.0013888888905881542);
  const p5 = both(0.00019841208732536384);
  const p6 = both(2.4801536388690766e-5);
  const p7 = both(2.762511557828763e-6);
  const p8 = both(2.761380686153829e-7);
  // log(1 + z) as in bce.ts.
  const q0 = both(0.08333301544189453);
  const q1 = both(0.01250678114593029);
  const q2 = both(0.0021874327212572098);
  const q3 = both(0.0005473530036397278);
  let sum = zero;
  const end = <usize>length * 4;
  for (let at: usize = 0; at < end; at += 8) {
    const x = load(at);
    const t = load(at + TARGETS);
    const present = mad(t, kept, spread);
    const absent = mad(f64x2.sub(one, t), kept, spread);
    const a = f64x2.mul(absent, v128.load(2 * at + IF_ABSENT));
    const b = f64x2.mul(present, v128.load(2 * at + IF_THERE));

    const y = f64x2.pmax(v128.or(x, sign), least);
    const shifted = mad(y, log2e, shift);
    const k = f64x2.sub(shifted, shift);
    const r = f64x2.sub(f64x2.sub(y, f64x2.mul(k, ln2)), f64x2.mul(k, ln2rest));
    const r2 = f64x2.mul(r, r);
    const r4 = f64x2.mul(r2, r2);
    const low = mad(mad(r, p3, p2), r2, mad(r, p1, p0));
    const high = mad(mad(r, p7, p6), r2, mad(r, p5, p4));
    const p = mad(mad(r4, p8, high), r4, low);
    const grown = mad(p, r2, r);
    const power = i64x2.add(one, i64x2.shl(shifted, 52));
    // z = e^y and m = z − 1, which does not cancel.
    const z = mad(power, grown, power);
    const m = mad(power, grown, f64x2.sub(power, one));

    const s = f64x2.div(z, mad(z, half, one));
    const s2 = f64x2.mul(s, s);
    const q = mad(f64x2.mul(s2, s2), mad(s2, q3, q2), mad(s2, q1, q0));
    const tail = mad(f64x2.mul(s, s2), q, s);
    const ifThere = f64x2.mul(b, f64x2.add(f64x2.pmax(f64x2.neg(x), zero), tail));
    const ifAbsent = f64x2.mul(a, f64x2.add(f64x2.pmax(x, zero), tail));
    const unknown = f64x2.lt(t, zero);
    sum = f64x2.add(sum, v128.andnot(f64x2.add(ifThere, ifAbsent), unknown));

    const side = v128.bitselect(b, f64x2.neg(a), f64x2.lt(x, zero));
    const slope = f64x2.div(mad(f64x2.sub(a, b), z, f64x2.mul(side, m)), mad(z, scale, scale));
    const gradient = f32x4.demote_f64x2_zero(v128.andnot(slope, unknown));
    v128.store64_lane(at + GRADIENTS, gradient, 0);
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
