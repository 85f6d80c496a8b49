// Half precision (IEEE 754 binary16): values from bits, and bits from values.

/** Every value of half precision, by its bits; made when the first file needs it. */
let halves: Float32Array | undefined;

/** The values of IEEE half-precision bits. */
export function fromHalf(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, i) => half(i));
  const table = halves;
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]];
  return out;
}

/** 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The bits of the IEEE half nearest to x; halfway between two, the one whose last bit is 0 (IEEE 754,
 * roundTiesToEven). Beyond 65520 infinity.
 */
export function halfBits(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Halves are 2⁻²⁴ apart below 2⁻¹⁴, and 2⁻¹⁰ of their power of two above.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = roundEven(magnitude / 2 ** (exponent - 10));
  // A step carried over into the next power of two is the next exponent's first: the sum is right.
  return sign | (((exponent + 14) << 10) + steps);
}

function roundEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
