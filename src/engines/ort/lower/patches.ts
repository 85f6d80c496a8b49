// Patches: what a sliding window sees at each position, as channels; and convolution as one matrix product over them.
import type { GraphBuilder } from "../../../graph/builder.js";
import type { Window } from "../../../graph/convolution.js";
import { float32 } from "../../../graph/tensor.js";
import { channelsFirst, type LoweringContext, reshape } from "./lowering.js";

interface Seen {
  readonly x: string;
  readonly channels: number;
  readonly window: Window;
  /** The output's height and width. */
  readonly size: readonly number[];
  /** Whether the last tap comes first. */
  readonly reversed?: boolean;
  /** What stands around the image; default 0. */
  readonly around?: number;
}

/** [N, C·taps, height, width] from [N, C, …]: element c·taps + t is tap t of channel c. */
export function patches(context: Pick<LoweringContext, "builder" | "kernels">, seen: Seen): string {
  const { kernel, strides, pads } = seen.window;
  const still = kernel[0] * kernel[1] === 1 && strides.every((s) => s === 1) && pads.every((p) => p === 0);
  if (still) return seen.x;
  const { builder, kernels } = context;
  return kernels.groupedConv && !seen.around ? picked(builder, seen) : sliced(builder, seen);
}

/**
 * A depthwise convolution whose filters each pick one tap: on a CPU ONNX Runtime gathers for a convolution in parallel,
 * but slices on one thread.
 */
function picked(builder: GraphBuilder, { x, channels, window, reversed }: Seen): string {
  const { kernel, strides, pads, dilations } = window;
  const taps = kernel[0] * kernel[1];
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

/** One slice a tap, side by side. */
function sliced(builder: GraphBuilder, { x, channels, window, size, reversed, around = 0 }: Seen): string {
  const { kernel, strides, pads, dilations } = window;
  const name = `${x}.patches`;
  const padded = pads.every((p) => p === 0)
    ? x
    : builder.node(
        "Pad",
        [x, builder.ints([0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]], "pads"), builder.scalar(around)],
        { name: `${name}.padded` },
      );
  const axes = builder.ints([2, 3], "axes");
  const steps = builder.ints(strides, "steps");
  const taps: string[] = [];
  for (let row = 0; row < kernel[0]; row++) {
    for (let column = 0; column < kernel[1]; column++) {
      const starts = [row * dilations[0], column * dilations[1]];
      const ends = starts.map((start, axis) => start + (size[axis] - 1) * strides[axis] + 1);
      const tap = builder.node(
        "Slice",
        [padded, builder.ints(starts, "starts"), builder.ints(ends, "ends"), axes, steps],
        { name: `${name}.tap` },
      );
      taps.push(builder.node("Unsqueeze", [tap, builder.ints([2], "axes")], { name: `${name}.tap` }));
    }
  }
  const all = builder.node("Concat", reversed ? taps.reverse() : taps, { name, attributes: { axis: 2 } });
  return reshape(builder, all, [0, channels * taps.length, ...size]);
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
  context: Pick<LoweringContext, "builder" | "kernels">,
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
  const { builder } = context;
  const depth = channels * window.kernel[0] * window.kernel[1];
  const seen = channelsFirst(builder, patches(context, { x, channels, window, size, reversed: flipped }));
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
