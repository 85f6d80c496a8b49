// Sampler: which pictures an epoch takes, in the order in which they come.
import { permutation, random } from "../../base/random.js";

/** The pictures of an epoch (from 1), as indices into their set. Equal epochs give equal orders. */
export type Sampler = (epoch: number) => Uint32Array;

/** All in the set's own order. */
export function sequential(pictures: number): Sampler {
  return () => Uint32Array.from({ length: pictures }, (_, i) => i);
}

/** Each once, in an order that seed and epoch fix. */
export function shuffled(pictures: number, seed: number): Sampler {
  return (epoch) => permutation(pictures, random(seed, "shuffle", epoch));
}
