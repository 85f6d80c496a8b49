// Slice: from start to before end along axes, in steps that may go backward. The gradient goes back to where the
// elements were, among zeros.
import type { Dimension, Node } from "../graph.js";
import { fromFront, rowMajor, viewed } from "./dimensions.js";
import { type GradientContext, knownNumbers, knownSize, type Operator, ofOneOutput } from "./operator.js";

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function cutsOf(
  node: Node,
  rank: number,
  values: (index: number) => readonly Dimension[] | undefined,
): Cut[] {
  const starts = knownNumbers(values(1), node, "starts");
  const ends = knownNumbers(values(2), node, "ends");
  const axes = node.inputs[3] ? knownNumbers(values(3), node, "axes") : starts.map((_, i) => i);
  const steps = node.inputs[4] ? knownNumbers(values(4), node, "steps") : starts.map(() => 1);
  return starts.map((start, i) => ({
    axis: fromFront(axes[i], rank),
    start,
    end: ends[i],
    step: steps[i],
  }));
}

/** The elements that a cut takes of `size`: the first one, and how many. */
function taken({ start, end, step }: Cut, size: number): { from: number; count: number } {
  const clamp = (n: number, low: number, high: number) => Math.min(Math.max(n < 0 ? n + size : n, low), high);
  const from = clamp(start, 0, step > 0 ? size : size - 1);
  const to = step > 0 ? clamp(end, 0, size) : end < -size ? -1 : clamp(end, -1, size - 1);
  return { from, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/** Whether a cut takes all there is, whatever that is. */
const isWhole = ({ start, end, step }: Cut) => step === 1 && start === 0 && end >= 2 ** 31 - 1;

/** Puts `step` − 1 zeros behind each element along an axis of a gradient of that shape. */
function spread(
  value: string,
  shape: readonly Dimension[],
  axis: number,
  step: number,
  node: Node,
  { builder }: GradientContext,
): string {
  const named = { name: `${node.name}.spread` };
  const apart = builder.node("Unsqueeze", [value, builder.ints([axis + 1], "axes")], named);
  const pads = new Array<number>(2 * (shape.length + 1)).fill(0);
  pads[shape.length + 1 + axis + 1] = step - 1;
  const padded = builder.node("Pad", [apart, builder.ints(pads, "pads")], named);
  const target = shape.map((d, i) => (i === axis ? Number(d) * step : typeof d === "number" ? d : -1));
  return builder.node("Reshape", [padded, builder.ints(target, "shape")], named);
}

export const slice: Operator = {
  op: "Slice",
  roles: ["weight"],
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    const out: Dimension[] = [...shape];
    for (const cut of cutsOf(node, shape.length, values)) {
      const d = shape[cut.axis];
      if (typeof d === "number") out[cut.axis] = taken(cut, d).count;
      else if (!isWhole(cut)) out[cut.axis] = `(${d}[${cut.start}:${cut.end}:${cut.step}])`;
    }
    return [{ type, shape: out }];
  },
  values: (node, { input, values }) => {
    const x = values(0);
    if (!x) return undefined;
    const shape = input(0).shape.map(Number);
    const strides = rowMajor(shape);
    let offset = 0;
    for (const cut of cutsOf(node, shape.length, values)) {
      const { from, count } = taken(cut, shape[cut.axis]);
      offset += from * strides[cut.axis];
      shape[cut.axis] = count;
      strides[cut.axis] *= cut.step;
    }
    return viewed(x, shape, strides, offset);
  },
  gradient: ofOneOutput((node, dY, context) => {
    const { builder, shape, values } = context;
    const info = shape(node.inputs[0]);
    const rank = info.shape.length;
    const present: Dimension[] = [...shape(node.outputs[0]).shape];
    const pads = new Array<number>(2 * rank).fill(0);
    let value = dY;
    for (const cut of cutsOf(node, rank, (index) => values(node.inputs[index]))) {
      const { axis, step } = cut;
      if (typeof info.shape[axis] === "string" && isWhole(cut)) continue;
      const size = knownSize(info, axis);
      const { from, count } = taken(cut, size);
      if (step < 0) {
        const backward = [[-1], [-(2 ** 31)], [axis], [-1]].map((list) => builder.ints(list, "slice"));
        value = builder.node("Slice", [value, ...backward], { name: `${node.name}.reversed` });
      }
      const stride = Math.abs(step);
      if (stride > 1) {
        value = spread(value, present, axis, stride, node, context);
        present[axis] = count * stride;
      }
      pads[axis] = step < 0 ? from + (count - 1) * step : from;
      pads[axis + rank] = size - pads[axis] - count * stride;
    }
    return [builder.node("Pad", [value, builder.ints(pads, "pads")], { name: `${node.name}.dX` })];
  }),
};
