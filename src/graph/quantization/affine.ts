// Affine quantization: real numbers as bytes, x ≈ scale · (q − zeroPoint), as ONNX's QuantizeLinear and
// DequantizeLinear define it (Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference", equation 1).

/** The range of an activation; it holds 0, which padding needs to be exact. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** For uint8: q = clamp(round(x / scale) + zeroPoint, 0, 255). */
export interface Affine {
  /** A float32. */
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The bytes 0 … 255 laid over a range; a range of nothing gets a scale of 1. */
export function affineOf({ low, high }: Range): Affine {
  const scale = Math.fround((high - low) / 255) || 1;
  return { scale, zeroPoint: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

export interface ChannelQuantized {
  readonly data: Int8Array;
  /** One an output channel. */
  readonly scales: Float32Array;
}

/**
 * The greatest quantized weight. x64 processors without VNNI add the products of two pairs in 16 bits, and only with
 * weights to ±64 do the sums fit: 2 · 255 · 64 < 2¹⁵.
 */
const GREATEST = 64;

/**
 * Weights of `channels` output channels (the first dimension) as int8 with zero point 0, a scale a channel.
 * @param least of each channel's scale: what its bias needs to stay an int32
 */
export function quantizeChannels(
  weight: Float32Array,
  channels: number,
  least: (channel: number) => number,
): ChannelQuantized {
  const size = weight.length / channels;
  const data = new Int8Array(weight.length);
  const scales = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    let greatest = 0;
    for (let i = c * size; i < (c + 1) * size; i++) greatest = Math.max(greatest, Math.abs(weight[i]));
    const scale = Math.fround(Math.max(greatest / GREATEST, least(c))) || 1;
    scales[c] = scale;
    for (let i = c * size; i < (c + 1) * size; i++) {
      data[i] = Math.max(-GREATEST, Math.min(GREATEST, Math.round(weight[i] / scale)));
    }
  }
  return { data, scales };
}
