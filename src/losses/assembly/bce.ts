// The binary cross-entropy of four logits at a time, in AssemblyScript: a TypeScript that compiles to WebAssembly SIMD.
//
// For targets that are 1, 0 or unknown; soft.ts has the others. All in float32, from the forms at the foot of ../bce.ts,
// in which nothing cancels for such targets; each step adds half a unit in the last place or less, three in all. Each
// function has a loop of its own: of a short one the processor runs several turns at once, of all three hardly two.
import { all, GRADIENTS, IF_ABSENT, IF_THERE, TARGETS, WEIGHTS } from "./block";

export { BLOCK } from "./block";
export { soft } from "./soft";

/** Whether targets were met that are neither: bit 0 soft ones, bit 1 such as are none. The results do not count then. */
export let odd: i32 = 0;
/** Known targets. */
export let known: i32 = 0;

/** a·b + c */
function mad(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** What each element weighs, by its target, of the first `length`, an even number. */
export function weigh(length: i32): void {
  const one = all(1);
  const end = <usize>length * 4;
  for (let at: usize = 0; at < end; at += 8) {
    const there = f32x4.eq(v128.load64_zero(at + TARGETS), one);
    const ifThere = f32x4.demote_f64x2_zero(v128.load(2 * at + IF_THERE));
    const ifAbsent = f32x4.demote_f64x2_zero(v128.load(2 * at + IF_ABSENT));
    v128.store64_lane(at + WEIGHTS, v128.bitselect(ifThere, ifAbsent, there), 0);
  }
}

/**
 * z = e^−|x|, to where the gradients will be. −|x| = k·ln 2 + r with |r| ≤ ln 2 / 2; z = 2^k·(1 + r + r²·p(r)), where p
 * is the polynomial of fourth degree with the least relative error of z, 3·10⁻⁹.
 */
function exponentials(end: usize): void {
  const sign = all(-0.0);
  const one = all(1);
  // Below it all is 0 in float32.
  const least = all(-104);
  const log2e = all(<f32>Math.LOG2E);
  // A sum with 1.5·2²³ has no bits for a fraction and k in its lowest ones. The 64 keep 2^k normal until the end.
  const shift = all(12582912 + 64);
  const unshift = all(5.421010862427522e-20);
  // ln 2 in two parts, of which k times the first is exact.
  const ln2 = all(0.693359375);
  const ln2rest = all(-0.00021219444005469057);
  const p0 = all(0.4999999403953552);
  const p1 = all(0.1666651964187622);
  const p2 = all(0.041668400168418884);
  const p3 = all(0.00836885068565607);
  const p4 = all(0.0013814320554956794);
  for (let at: usize = 0; at < end; at += 16) {
    const y = f32x4.pmax(v128.or(v128.load(at), sign), least);
    const shifted = mad(y, log2e, shift);
    const k = f32x4.sub(shifted, shift);
    const r = f32x4.sub(f32x4.sub(y, f32x4.mul(k, ln2)), f32x4.mul(k, ln2rest));
    const r2 = f32x4.mul(r, r);
    const p = mad(mad(r2, p4, mad(r, p3, p2)), r2, mad(r, p1, p0));
    const power = f32x4.add(mad(p, r2, r), one);
    v128.store(at + GRADIENTS, f32x4.mul(i32x4.add(power, i32x4.shl(shifted, 23)), unshift));
  }
}

/**
 * The weighted sum of max(y, 0) + log(1 + z), where y is x, or −x if the label is there: log(1 + z) is 2·artanh(s/2) =
 * s + s³·p(s²) with s = z/(1 + z/2) ≤ 2/3, where p is the polynomial of third degree with the least relative error,
 * 5·10⁻⁹.
 */
function losses(end: usize): f64 {
  const zero = all(0);
  const sign = all(-0.0);
  const one = all(1);
  const half = all(0.5);
  const p0 = all(0.08333301544189453);
  const p1 = all(0.01250678114593029);
  const p2 = all(0.0021874327212572098);
  const p3 = all(0.0005473530036397278);
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const t = v128.load(at + TARGETS);
    const y = v128.xor(v128.load(at), v128.and(f32x4.eq(t, one), sign));
    const z = v128.load(at + GRADIENTS);
    const s = f32x4.div(z, mad(z, half, one));
    const s2 = f32x4.mul(s, s);
    const p = mad(f32x4.mul(s2, s2), mad(s2, p3, p2), mad(s2, p1, p0));
    const loss = f32x4.add(f32x4.pmax(y, zero), mad(f32x4.mul(s, s2), p, s));
    const weighted = f32x4.mul(loss, v128.load(at + WEIGHTS));
    const counted = v128.andnot(weighted, f32x4.lt(t, zero));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(counted));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.shuffle<f32>(counted, counted, 2, 3, 0, 1)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Weight times σ(y)/divisor, where σ(y) is 1/(1 + z) or z/(1 + z), with the sign of y's slope. Looks at the targets too. */
function gradients(end: usize, divisor: f32): void {
  const zero = all(0);
  const sign = all(-0.0);
  const one = all(1);
  const scale = all(divisor);
  let unknowns = i32x4.splat(0);
  let plain = i32x4.splat(-1);
  let right = i32x4.splat(-1);
  for (let at: usize = 0; at < end; at += 16) {
    const t = v128.load(at + TARGETS);
    const there = f32x4.eq(t, one);
    const unknown = f32x4.lt(t, zero);
    unknowns = i32x4.sub(unknowns, unknown);
    plain = v128.and(plain, v128.or(v128.or(there, unknown), f32x4.eq(t, zero)));
    right = v128.and(right, f32x4.le(t, one));
    const turned = v128.and(there, sign);
    const y = v128.xor(v128.load(at), turned);
    const z = v128.load(at + GRADIENTS);
    // z is at most 1.
    const greater = v128.and(f32x4.gt(y, zero), one);
    const weighted = f32x4.mul(f32x4.pmax(z, greater), v128.load(at + WEIGHTS));
    const slope = f32x4.div(weighted, f32x4.mul(f32x4.add(one, z), scale));
    v128.store(at + GRADIENTS, v128.andnot(v128.xor(slope, turned), unknown));
  }
  odd = (i32x4.all_true(plain) ? 0 : 1) | (i32x4.all_true(right) ? 0 : 2);
  const unknown =
    i32x4.extract_lane(unknowns, 0) +
    i32x4.extract_lane(unknowns, 1) +
    i32x4.extract_lane(unknowns, 2) +
    i32x4.extract_lane(unknowns, 3);
  known = <i32>(end >> 2) - unknown;
}

/**
 * Value and gradient of the first `length` elements, a multiple of 4.
 * @param divisor of the gradients
 * @returns the sum of the losses, in double
 */
export function bce(length: i32, divisor: f32): f64 {
  const end = <usize>length * 4;
  exponentials(end);
  const sum = losses(end);
  gradients(end, divisor);
  return sum;
}
