// Patches: what a sliding window sees at each position, as channels; and convolution as one matrix product over them.
import type { GraphBuilder } from "../../../graph/builder.js";
import type { Window } from "../../../graph/convolution.js";
import { float32 } from "../../../graph/tensor.js";
import { channelsFirst, reshape } from "./lowering.js";

/**
 * [N, C·taps, height, width] from [N, C, …]: element c·taps + t is tap t of channel c. A depthwise convolution whose
 * filters each pick one tap: ONNX Runtime gathers for a convolution in parallel, but slices on one thread.
 * @param reversed the last tap comes first
 */
export function patches(
  builder: GraphBuilder,
  x: string,
  channels: number,
  window: Window,
  reversed = false,
): string {
  const { kernel, strides, pads, dilations } = window;
  const taps = kernel[0] * kernel[1];
  const still = taps === 1 && strides.every((s) => s === 1) && pads.every((p) => p === 0);
  if (still) return x;
  const picks = new Float32Array(channels * taps * taps);
  for (let filter = 0; filter < channels * taps; filter++) {
    const tap = filter % taps;
    picks[filter * taps + (reversed ? taps - 1 - tap : tap)] = 1;
  }
  const filters = builder.initializer(`${x}.picks`, float32([channels * taps, 1, ...kernel], picks));
  return builder.node("Conv", [x, filters], {
    name: `${x}.patches`,
    attributes: { kernel_shape: kernel, strides, pads, dilations, group: channels },
  });
}

/**
 * Up to so many output positions an image, one product over the whole batch beats ONNX Runtime's Conv with weights
 * that change, which multiplies image by image (measured on AVX-512: 14 × 14 and 7 × 7 gain a third to a half).
 */
const FEW_POSITIONS = 200;

export function isSmall([height, width]: readonly number[]): boolean {
  return height * width <= FEW_POSITIONS;
}

/**
 * A convolution of one group as one matrix product.
 * @param weight the value of the weights, [filters, channels, …kernel], or already flat
 * @param flipped whether the kernel lies there with its last tap first
 * @param exchanged whether a kernel of one tap lies there as [channels, filters, 1, 1]
 * @param size the output's height and width
 */
export function gatheredConvolution(
  builder: GraphBuilder,
  {
    x,
    weight,
    flipped = false,
    exchanged = false,
    bias,
    filters,
    channels,
    window,
    size,
    name,
    output,
  }: {
    x: string;
    weight: string;
    flipped?: boolean;
    exchanged?: boolean;
    bias?: string;
    filters: number;
    channels: number;
    window: Window;
    size: readonly number[];
    name: string;
    output?: string;
  },
): string {
  const depth = channels * window.kernel[0] * window.kernel[1];
  const seen = channelsFirst(builder, patches(builder, x, channels, window, flipped));
  const columns = reshape(builder, seen, [depth, -1]);
  const rows = reshape(builder, weight, exchanged ? [depth, filters] : [filters, depth]);
  const shift = bias ? [reshape(builder, bias, [filters, 1])] : [];
  const product = builder.node("Gemm", [rows, columns, ...shift], {
    name: `${name}.product`,
    attributes: { transA: exchanged ? 1 : 0 },
  });
  const shaped = reshape(builder, product, [filters, -1, ...size]);
  return builder.node("Transpose", [shaped], {
    name,
    attributes: { perm: [1, 0, 2, 3] },
    outputs: output ? [output] : 1,
  });
}
