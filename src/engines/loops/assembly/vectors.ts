// Vectors: functions of blocks of float64, two numbers at a time. An odd last number has a neighbour that is computed too.

export function add(n: i32, to: usize, a: usize, b: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16, b += 16)
    v128.store(to, f64x2.add(v128.load(a), v128.load(b)));
}

export function subtract(n: i32, to: usize, a: usize, b: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16, b += 16)
    v128.store(to, f64x2.sub(v128.load(a), v128.load(b)));
}

export function multiply(n: i32, to: usize, a: usize, b: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16, b += 16)
    v128.store(to, f64x2.mul(v128.load(a), v128.load(b)));
}

export function divide(n: i32, to: usize, a: usize, b: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16, b += 16)
    v128.store(to, f64x2.div(v128.load(a), v128.load(b)));
}

export function max(n: i32, to: usize, a: usize, b: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16, b += 16)
    v128.store(to, f64x2.max(v128.load(a), v128.load(b)));
}

export function min(n: i32, to: usize, a: usize, b: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16, b += 16)
    v128.store(to, f64x2.min(v128.load(a), v128.load(b)));
}

export function less(n: i32, to: usize, a: usize, b: usize): void {
  const one = f64x2.splat(1);
  for (let end = to + 8 * n; to < end; to += 16, a += 16, b += 16)
    v128.store(to, v128.and(f64x2.lt(v128.load(a), v128.load(b)), one));
}

export function lessOrEqual(n: i32, to: usize, a: usize, b: usize): void {
  const one = f64x2.splat(1);
  for (let end = to + 8 * n; to < end; to += 16, a += 16, b += 16)
    v128.store(to, v128.and(f64x2.le(v128.load(a), v128.load(b)), one));
}

/** The second where the first is neither 0 nor NaN, else the third. */
export function select(n: i32, to: usize, condition: usize, yes: usize, no: usize): void {
  const zero = f64x2.splat(0);
  for (let end = to + 8 * n; to < end; to += 16, condition += 16, yes += 16, no += 16) {
    const chosen = f64x2.gt(f64x2.abs(v128.load(condition)), zero);
    v128.store(to, v128.bitselect(v128.load(yes), v128.load(no), chosen));
  }
}

export function negative(n: i32, to: usize, a: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16) v128.store(to, f64x2.neg(v128.load(a)));
}

export function absolute(n: i32, to: usize, a: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16) v128.store(to, f64x2.abs(v128.load(a)));
}

export function root(n: i32, to: usize, a: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16) v128.store(to, f64x2.sqrt(v128.load(a)));
}

/** Rounded to float32. */
export function rounded(n: i32, to: usize, a: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, a += 16)
    v128.store(to, f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(v128.load(a))));
}

/** From float32. */
export function load(n: i32, to: usize, from: usize): void {
  for (let end = to + 8 * n; to < end; to += 16, from += 8)
    v128.store(to, f64x2.promote_low_f32x4(v128.load64_zero(from)));
}

/** To float32. */
export function store(n: i32, to: usize, from: usize): void {
  for (let end = to + 4 * n; to < end; to += 8, from += 16)
    v128.store64_lane(to, f32x4.demote_f64x2_zero(v128.load(from)), 0);
}
