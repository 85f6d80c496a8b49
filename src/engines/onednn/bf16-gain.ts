// Gain: how much faster this processor multiplies in bf16 than in float32.

import { argument, part } from "./library/codes.js";
import { algorithms, propagation } from "./library/constructors.js";
import type { Dnnl } from "./library/dnnl.js";
import type { Primitive } from "./library/primitive.js";

const IMAGES = [8, 128, 28, 28];
const KERNEL = [128, 128, 3, 3];
const TIMES = 6;

/** The seconds of a convolution of a ResNet's middle, the best of a few times. */
function secondsOf(dnnl: Dnnl, element: "f32" | "bf16"): number {
  const geometry = { strides: [1, 1], dilates: [0, 0], before: [1, 1], after: [1, 1] };
  const primitive = dnnl.primitive((make, attributes) =>
    make.convolutionForward(
      propagation.inference,
      algorithms.convolution,
      make.open(element, IMAGES),
      make.open(element, KERNEL),
      null,
      make.open(element, IMAGES),
      geometry,
      attributes,
    ),
  );
  if (!primitive) return Number.POSITIVE_INFINITY;
  const seconds = timed(dnnl, primitive);
  primitive.destroy();
  return seconds;
}

function timed(dnnl: Dnnl, primitive: Primitive): number {
  const operands = [
    [argument.source, part.source],
    [argument.weights, part.weights],
    [argument.result, part.result],
    [argument.scratchpad, part.scratchpad],
  ].flatMap(([index, which]) => {
    const layout = primitive.layout(which);
    if (!layout || layout.bytes === 0) return [];
    const region = dnnl.allocate(layout.bytes);
    new Uint8Array(region.buffer).fill(0);
    return [{ index, region, memory: dnnl.memory(layout.descriptor, region.address) }];
  });
  const args = BigUint64Array.from(operands.flatMap(({ index, memory }) => [BigInt(index), memory]));
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TIMES; i++) {
    const start = performance.now();
    dnnl.execute(primitive, args);
    best = Math.min(best, performance.now() - start);
  }
  for (const { memory, region } of operands) {
    dnnl.functions.destroyMemory(memory);
    region.free();
  }
  return best;
}

/** float32's time over bf16's. */
export function gainOfBf16(dnnl: Dnnl): number {
  return secondsOf(dnnl, "f32") / secondsOf(dnnl, "bf16");
}
