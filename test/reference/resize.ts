// Resize of images, element by element from ONNX's definition (operator set 13).
import type { Operator } from "./operator.js";
import { float } from "./value.js";

/** The weights of the four neighbours of a place at the distance `t` behind the second. */
function cubicWeights(t: number, a: number): number[] {
  const near = (x: number) => (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  const far = (x: number) => a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

export const resizes: Record<string, Operator> = {
  Resize: (call) => {
    const x = call.input(0);
    const scales = call.optional(2)?.data;
    const given = scales?.length
      ? Array.from(x.shape, (n, i) => Math.floor(n * scales[i]))
      : call.integers(3);
    const target = given ?? [];
    const mode = call.string("mode", "nearest");
    const transform = call.string("coordinate_transformation_mode", "half_pixel");
    const taps = (axis: 2 | 3, i: number): [number, number][] => {
      const [from, to] = [x.shape[axis], target[axis]];
      const scale = scales?.length ? scales[axis] : to / from;
      const place =
        transform === "asymmetric"
          ? i / scale
          : transform === "align_corners"
            ? (i * (from - 1)) / Math.max(1, to - 1)
            : (i + 0.5) / scale - 0.5;
      const clamp = (at: number) => Math.min(from - 1, Math.max(0, at));
      const floor = Math.floor(place);
      if (mode === "nearest") {
        const isFloor = call.string("nearest_mode", "round_prefer_floor") === "floor";
        return [[clamp(isFloor ? floor : Math.ceil(place - 0.5)), 1]];
      }
      const t = place - floor;
      const weights =
        mode === "linear" ? [0, 1 - t, t, 0] : cubicWeights(t, call.float("cubic_coeff_a", -0.75));
      return weights.map((weight, k) => [clamp(floor - 1 + k), weight]);
    };
    const [, , height, width] = x.shape;
    const [images, channels, rows, columns] = target;
    const out = new Float64Array(images * channels * rows * columns);
    let to = 0;
    for (let plane = 0; plane < images * channels; plane++) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++, to++) {
          for (const [h, a] of taps(2, r))
            for (const [w, b] of taps(3, c)) out[to] += a * b * x.data[(plane * height + h) * width + w];
        }
      }
    }
    return float(target, out);
  },
};
