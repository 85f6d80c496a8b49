// Operators between real numbers and whole ones: QuantizeLinear and DequantizeLinear.
import type { Call, Operator } from "./operator.js";
import { axisOf, float, type Value, value } from "./value.js";

/** Whole numbers that each type holds. */
const limits: Partial<Record<Value["type"], readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
};

/** Of each element: its scale and its zero point, of the tensor or of the element's slice along `axis`. */
function parameters(call: Call): { scale: (i: number) => number; zero: (i: number) => number } {
  const { shape } = call.input(0);
  const scales = call.input(1);
  const zeros = call.optional(2);
  if (scales.shape.length === 0) return { scale: () => scales.data[0], zero: () => zeros?.data[0] ?? 0 };
  const axis = axisOf(call.int("axis", 1), shape.length);
  const inner = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const slice = (i: number) => Math.floor(i / inner) % shape[axis];
  return { scale: (i) => scales.data[slice(i)], zero: (i) => zeros?.data[slice(i)] ?? 0 };
}

/** To the nearest whole number; from the middle to the even one. */
function round(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

export const quantization: Record<string, Operator> = {
  /** (X, scale, zero point?) → saturate(round(X / scale) + zero point). */
  QuantizeLinear: (call) => {
    const x = call.input(0);
    const { scale, zero } = parameters(call);
    const type = call.optional(2)?.type ?? "uint8";
    const [low, high] = limits[type] ?? [];
    if (low === undefined || high === undefined) throw new TypeError(`${type} is not known here.`);
    const whole = x.data.map((v, i) => Math.min(high, Math.max(low, round(v / scale(i)) + zero(i))));
    return value(type, x.shape, whole);
  },

  /** (X, scale, zero point?) → (X − zero point) · scale. */
  DequantizeLinear: (call) => {
    const x = call.input(0);
    const { scale, zero } = parameters(call);
    return float(
      x.shape,
      x.data.map((q, i) => (q - zero(i)) * scale(i)),
    );
  },
};
