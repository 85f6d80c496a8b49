// nestOverMemory: loops in the order in which a layout's elements lie.
import { merged, type Nest, type Walk } from "../../loops/loops.js";
import { type Layout, loopsOf } from "../library/layout.js";

/**
 * Loops in the order of a layout's memory: an array without a walk lies in that layout itself; one with a walk is
 * indexed by the axes of the tensor (those of `layout`).
 */
export function nestOverMemory(layout: Layout, walks: readonly (Walk | undefined)[]): Nest {
  const loops = loopsOf(layout);
  return merged({
    counts: loops.map(({ count }) => count),
    steps: walks.map((walk) =>
      loops.map(({ axis, step, stride }) => (walk ? walk.strides[axis] * step : stride)),
    ),
    offsets: walks.map((walk) => walk?.offset ?? 0),
  });
}
