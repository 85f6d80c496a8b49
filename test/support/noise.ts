// Noise that test/golden/pictures.py makes in the same way.
import type { Pixels } from "../../src/data/resize/resize.js";

/** Numbers in [0, 2³²) from a linear congruential generator. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

export function noise(width: number, height: number, seed: number): Pixels {
  const next = generator(seed);
  return { data: Uint8Array.from({ length: width * height * 3 }, () => next() >>> 24), width, height };
}
