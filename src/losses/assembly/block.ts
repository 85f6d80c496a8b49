// A block: where its numbers are, and how constants are held.

/**
 * Elements in a block. From address 0 lie one behind the other, in float32, its logits, its targets, its gradients and
 * what each element weighs; then in double, what it weighs if the label is there, and if not.
 */
export const BLOCK: i32 = 8192;

export const TARGETS: usize = 4 * BLOCK;
export const GRADIENTS: usize = 8 * BLOCK;
export const WEIGHTS: usize = 12 * BLOCK;
export const IF_THERE: usize = 16 * BLOCK;
export const IF_ABSENT: usize = 24 * BLOCK;
export const SCRATCH: usize = 32 * BLOCK;

/** By way of memory: a constant that V8 knows it makes anew at each use, in three instructions. */
export function all(x: f32): v128 {
  f32.store(SCRATCH, x);
  return v128.load32_splat(SCRATCH);
}

/** The same of a double. */
export function both(x: f64): v128 {
  f64.store(SCRATCH, x);
  return v128.load64_splat(SCRATCH);
}
