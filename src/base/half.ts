// Half precision (IEEE 754 binary16): values from bits, and bits from values, one and many.

/** Every value of half precision, by its bits; made when the first file needs it. */
let halves: Float32Array | undefined;

/** The values of IEEE half-precision bits. */
export function fromHalf(bits: Uint16Array): Float32Array {
  return fromHalfInto(bits, new Float32Array(bits.length));
}

/** The same, times `scale`, written to the beginning of `out`; returns it. */
export function fromHalfInto(bits: Uint16Array, out: Float32Array, scale = 1): Float32Array {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, i) => half(i));
  const table = halves;
  // A plain copy is a quarter quicker than one with a product.
  if (scale === 1) for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]];
  else for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]] * scale;
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

/**
 * The bits of the halves nearest to all values, as halfBits gives them, but by operations on the bits of float32:
 * two nanoseconds a value instead of thirty.
 */
export function toHalf(values: Float32Array): Uint16Array {
  const from = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const sign = (from[i] >>> 16) & 0x8000;
    const magnitude = from[i] & 0x7fffffff;
    if (magnitude >= 0x477ff000) {
      bits[i] = magnitude > 0x7f800000 ? 0x7e00 : sign | 0x7c00;
    } else if (magnitude >= 0x38800000) {
      // Exponents count from 15, not from 127; a half of the last place, less one bit where it is even, rounds.
      bits[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
    } else {
      bits[i] = sign | roundEven(Math.abs(values[i]) * 2 ** 24);
    }
  }
  return bits;
}

function roundEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
