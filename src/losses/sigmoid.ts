// Sigmoid: from logits to probabilities, one level above the network.

/**
 * σ(x) = 1 / (1 + e^−x), in (0, 1). Computed in double from an exponential that never overflows, so both
 * tails keep their relative accuracy; an array is rounded once, to its own type.
 */
export function sigmoid(x: number): number;
export function sigmoid(x: Float32Array): Float32Array;
export function sigmoid(x: Float64Array): Float64Array;
export function sigmoid(x: number | Float32Array | Float64Array): number | Float32Array | Float64Array {
  return typeof x === "number" ? sigmoidOf(x) : x.map(sigmoidOf);
}

function sigmoidOf(x: number): number {
  const z = Math.exp(-Math.abs(x));
  return (x < 0 ? z : 1) / (1 + z);
}
