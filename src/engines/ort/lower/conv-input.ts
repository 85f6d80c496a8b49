// ConvInputGradient as convolutions of dY with the flipped kernel.
import type { GraphBuilder } from "../../../graph/builder.js";
import { type Window, windowAttributes } from "../../../graph/convolution.js";
import { intAttribute } from "../../../graph/graph.js";
import type { Kernels } from "./kernels.js";
import { type Lowering, reshape } from "./lowering.js";
import { gatheredConvolution, isSmall } from "./patches.js";
import { type Convolution, convolutionOf, suitsWinograd, Winograd } from "./winograd.js";

/** Past every axis' beginning, where a Slice with a negative step shall reach element 0. */
const BEFORE_FIRST = -(2 ** 31);

interface Problem extends Convolution {
  readonly builder: GraphBuilder;
  readonly kernels: Kernels;
  readonly group: number;
  readonly dY: string;
  readonly w: string;
  readonly name: string;
  readonly output: string;
}

export const convInputGradient: Lowering = (node, context) => {
  const { builder, kernels } = context;
  const [dY, w, x] = node.inputs;
  const [output] = node.outputs;
  const convolution = convolutionOf(node, x, w, dY, context);
  const group = intAttribute(node, "group", 1);
  if (group === 1 && suitsWinograd(convolution)) {
    new Winograd(context, convolution).inputGradient(dY, w, node.name, output);
    return;
  }
  const problem: Problem = { ...convolution, builder, kernels, group, dY, w, name: node.name, output };
  const { weight, window } = problem;
  const phases = group === 1 || (weight[1] === 1 && weight[0] === group) ? phasesOf(problem) : undefined;
  if (!phases) transposedConvolution(problem);
  else if (window.strides.every((s) => s === 1)) phaseConvolution(problem, phases[0][0], problem.output);
  else interleave(problem, phases);
};

/** One residue of the input's positions modulo the stride: which taps reach it, and the pads of its convolution. */
interface Phase {
  /** Along height and width: the first tap, the number of taps, padding before and behind. */
  readonly axes: readonly {
    readonly first: number;
    readonly count: number;
    readonly before: number;
    readonly behind: number;
  }[];
}

/**
 * Input position h = s·q + phase receives dY[o]·W[i] where o·s + i·d − pad = h. With d = 1 (or s = 1) the taps of a
 * phase are i = first, first + s, …, and o = q + c − j for tap number j: a convolution of stride 1.
 * Undefined where pads would be negative or strides and dilations mix: ConvTranspose serves there.
 */
function phasesOf({ window, weight, inputSize, outputSize }: Problem): Phase[][] | undefined {
  const axis = (phase: number, a: 0 | 1) => {
    const stride = window.strides[a];
    const dilation = window.dilations[a];
    const kernel = weight[a + 2];
    if (stride > 1 && dilation > 1) return undefined;
    const first = (phase + window.pads[a]) % stride;
    const count = Math.max(0, Math.ceil((kernel - first) / stride));
    const offset = (phase + window.pads[a] - first) / stride;
    const reach = (count - 1) * dilation;
    const before = reach - offset;
    const behind = Math.ceil(inputSize[a] / stride) - outputSize[a] + reach - before;
    return count > 0 && (before < 0 || behind < 0) ? undefined : { first, count, before, behind };
  };
  const phases: Phase[][] = [];
  for (let y = 0; y < window.strides[0]; y++) {
    const row: Phase[] = [];
    for (let x = 0; x < window.strides[1]; x++) {
      const [vertical, horizontal] = [axis(y, 0), axis(x, 1)];
      if (!vertical || !horizontal) return undefined;
      row.push({ axes: [vertical, horizontal] });
    }
    phases.push(row);
  }
  return phases;
}

/** The taps of one phase, flipped: [filters, channels a group, taps along height, along width]. */
function tapsOf({ builder, kernels, window, w, weight }: Problem, { axes }: Phase): string {
  if (weight[2] === 1 && weight[3] === 1) return w;
  const { strides } = window;
  const slice = (value: string, from: readonly number[], to: readonly number[], steps: readonly number[]) =>
    builder.node(
      "Slice",
      [
        value,
        builder.ints(from, "starts"),
        builder.ints(to, "ends"),
        builder.ints([2, 3], "axes"),
        builder.ints(steps, "steps"),
      ],
      { name: `${w}.flip` },
    );
  const last = axes.map(({ first, count }, a) => first + (count - 1) * strides[a]);
  if (!kernels.reversedSlice) {
    const first = axes.map((axis) => axis.first);
    const end = last.map((index) => index + 1);
    const taps = slice(w, first, end, strides);
    const final = axes.map(({ count }) => count - 1);
    return slice(taps, final, [BEFORE_FIRST, BEFORE_FIRST], [-1, -1]);
  }
  const before = axes.map(({ first }, a) => (first - strides[a] < 0 ? BEFORE_FIRST : first - strides[a]));
  const back = strides.map((s) => -s);
  return slice(w, last, before, back);
}

/** Input and output channels exchanged. */
function exchange(builder: GraphBuilder, kernel: string, w: string): string {
  return builder.node("Transpose", [kernel], { name: `${w}.transpose`, attributes: { perm: [1, 0, 2, 3] } });
}

function phaseConvolution(problem: Problem, phase: Phase, output?: string): string {
  const { builder, window, group, dY, w, name, weight, inputSize } = problem;
  const [vertical, horizontal] = phase.axes;
  const plain: Window = {
    kernel: [vertical.count, horizontal.count],
    strides: [1, 1],
    dilations: window.dilations,
    pads: [vertical.before, horizontal.before, vertical.behind, horizontal.behind],
    ceil: false,
  };
  const size = inputSize.map((extent, a) => Math.ceil(extent / window.strides[a]));
  if (group === 1 && isSmall(size)) {
    const [channels, filters] = weight;
    const single = vertical.count * horizontal.count === 1;
    // Patches in the other order spare the flipping of a kernel whose taps are all there.
    const flipped = window.strides.every((s) => s === 1);
    const taps = flipped ? w : tapsOf(problem, phase);
    return gatheredConvolution(problem, {
      x: dY,
      weight: single ? taps : exchange(builder, taps, w),
      flipped,
      exchanged: single,
      filters,
      channels,
      window: plain,
      size,
      name,
      output,
    });
  }
  const taps = tapsOf(problem, phase);
  return builder.node("Conv", [dY, group > 1 ? taps : exchange(builder, taps, w)], {
    name,
    attributes: { ...windowAttributes(plain), group },
    outputs: output ? [output] : 1,
  });
}

/** One convolution a phase; their results are woven together, column by column and row by row. */
function interleave(problem: Problem, phases: readonly (readonly Phase[])[]): void {
  const { builder, window, inputSize, name, output, weight, group } = problem;
  const channels = group === 1 ? weight[1] : group;
  const [rows, columns] = inputSize.map((size, a) => Math.ceil(size / window.strides[a]));
  const computed = phases.map((row) =>
    row.map((phase) => (phase.axes.every((a) => a.count > 0) ? phaseConvolution(problem, phase) : undefined)),
  );
  const present = computed.flat().find((value) => value !== undefined);
  if (present === undefined) throw new TypeError(`${name} has a kernel without taps.`);
  const nothing = () => builder.node("Mul", [present, builder.scalar(0)], { name: `${name}.zeros` });
  let blank: string | undefined;
  const weave = (values: readonly string[], shape: readonly number[], axis: number) =>
    values.length === 1
      ? values[0]
      : builder.node(
          "Concat",
          values.map((value) => reshape(builder, value, shape)),
          { name: `${name}.weave`, attributes: { axis } },
        );
  const woven = computed.map((row) => {
    const values = row.map((value) => {
      if (value !== undefined) return value;
      blank ??= nothing();
      return blank;
    });
    return weave(values, [0, channels, rows, columns, 1], 4);
  });
  const width = columns * window.strides[1];
  const height = rows * window.strides[0];
  const full = weave(woven, [0, channels, rows, 1, width], 3);
  if (height === inputSize[0] && width === inputSize[1]) {
    reshape(builder, full, [0, channels, height, width], output);
    return;
  }
  const whole = reshape(builder, full, [0, channels, height, width]);
  builder.node(
    "Slice",
    [whole, builder.ints([0, 0], "starts"), builder.ints(inputSize, "ends"), builder.ints([2, 3], "axes")],
    { name: `${name}.crop`, outputs: [output] },
  );
}

function transposedConvolution({
  builder,
  window,
  group,
  dY,
  w,
  weight,
  inputSize,
  outputSize,
  name,
  output,
}: Problem): void {
  const { strides, pads, dilations } = window;
  const padding = ([0, 1] as const).map(
    (a) =>
      inputSize[a] -
      ((outputSize[a] - 1) * strides[a] - pads[a] - pads[a + 2] + dilations[a] * (weight[a + 2] - 1) + 1),
  );
  builder.node("ConvTranspose", [dY, w], {
    name,
    attributes: { kernel_shape: weight.slice(2), strides, pads, dilations, group, output_padding: padding },
    outputs: [output],
  });
}
