// Filters: how much a source pixel counts at a distance, as PIL's resampling filters define it.

/** Bilinear, bicubic and Lanczos interpolation, each widened where it reduces (antialiasing), as PIL does it. */
export const interpolations = ["bilinear", "bicubic", "lanczos"] as const;
/** The filter of a resize. */
export type Interpolation = (typeof interpolations)[number];

export interface Filter {
  /** Beyond this distance a pixel counts nothing. */
  readonly support: number;
  /** The weight at a distance from −support to support, before weights are scaled to a sum of 1. */
  weight(distance: number): number;
}

/** PIL's BICUBIC: Keys' cubic with a = −½ (Keys 1981, "Cubic Convolution Interpolation"). */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** By name. PIL, `Resample.c`. */
export const filters: Readonly<Record<Interpolation, Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};
