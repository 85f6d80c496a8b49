// Slice: from start to before end along axes, in steps that may go backward.
import type { Dimension, Node } from "../graph.js";
import { fromFront } from "./dimensions.js";
import { knownNumbers, type Operator, type ShapeContext } from "./operator.js";

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function cutsOf(node: Node, rank: number, values: ShapeContext["values"]): Cut[] {
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

export const slice: Operator = {
  op: "Slice",
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    const out: Dimension[] = [...shape];
    for (const cut of cutsOf(node, shape.length, values)) {
      const d = shape[cut.axis];
      out[cut.axis] =
        typeof d === "number" ? taken(cut, d).count : `${d}[${cut.start}:${cut.end}:${cut.step}]`;
    }
    return [{ type, shape: out }];
  },
  values: (node, { input, values }) => {
    const x = values(0);
    if (!x || input(0).shape.length !== 1) return undefined;
    const [cut] = cutsOf(node, 1, values);
    const { from, count } = taken(cut, x.length);
    return Array.from({ length: count }, (_, i) => x[from + i * cut.step]);
  },
};
