// Windows: where the kernel of a convolution or a pool lies on its input.
import type { Call } from "./operator.js";

/** One spatial axis: `output` windows of `kernel` taps over `input` elements. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

/**
 * The two spatial axes of a node whose input has `spatial` = [height, width]. With ceil_mode, a
 * window that would start in the padding at the end is left out, as PyTorch does.
 */
export function axesOf(call: Call, spatial: readonly number[], kernel: readonly number[]): [Axis, Axis] {
  const autoPad = call.string("auto_pad", "NOTSET");
  if (autoPad !== "NOTSET") throw new Error(`auto_pad ${autoPad} is not known here.`);
  if (spatial.length !== 2 || kernel.length !== 2)
    throw new RangeError("Only two spatial axes are known here.");
  const strides = call.ints("strides") ?? [1, 1];
  const dilations = call.ints("dilations") ?? [1, 1];
  const pads = call.ints("pads") ?? [0, 0, 0, 0];
  const ceil = call.int("ceil_mode", 0) === 1;
  const axis = (i: 0 | 1): Axis => {
    const [padBegin, padEnd] = [pads[i], pads[i + 2]];
    const reach = dilations[i] * (kernel[i] - 1) + 1;
    const steps = (spatial[i] + padBegin + padEnd - reach) / strides[i];
    let output = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    if (ceil && (output - 1) * strides[i] >= spatial[i] + padBegin) output--;
    if (output < 1) throw new RangeError(`A kernel of ${kernel} does not fit on an input of ${spatial}.`);
    return {
      input: spatial[i],
      output,
      kernel: kernel[i],
      stride: strides[i],
      dilation: dilations[i],
      padBegin,
      padEnd,
    };
  };
  return [axis(0), axis(1)];
}

/** The element under a tap of a window, or −1 where the tap lies on padding. */
export function under(axis: Axis, window: number, tap: number): number {
  const at = window * axis.stride - axis.padBegin + tap * axis.dilation;
  return at >= 0 && at < axis.input ? at : -1;
}
