// Operators that work on each element alone: arithmetic, activations, comparisons, and their gradients.
import type { Operator } from "./operator.js";
import { broadcastShape, broadcastTo, float, type Value, value } from "./value.js";

function unary(f: (x: number) => number): Operator {
  return (call) => {
    const x = call.input(0);
    return value(x.type, x.shape, x.data.map(f));
  };
}

/** Applies `f` to elements of the inputs, broadcast to a common shape; `type` tells the result's from theirs. */
function combine(inputs: readonly Value[], f: (...x: number[]) => number, type = inputs[0].type): Value {
  const shape = broadcastShape(inputs.map((input) => input.shape));
  const data = inputs.map((input) => broadcastTo(input, shape).data);
  return value(
    type,
    shape,
    data[0].map((_, i) => f(...data.map((x) => x[i]))),
  );
}

function binary(f: (a: number, b: number) => number): Operator {
  return (call) => combine([call.input(0), call.input(1)], f);
}

function variadic(f: (...x: number[]) => number): Operator {
  return (call) =>
    combine(
      call.inputs.map((_, i) => call.input(i)),
      f,
    );
}

function comparison(f: (a: number, b: number) => boolean): Operator {
  return (call) => combine([call.input(0), call.input(1)], (a, b) => Number(f(a, b)), "bool");
}

const divide: Operator = (call) => {
  const a = call.input(0);
  return combine([a, call.input(1)], a.type === "float64" ? (x, y) => x / y : (x, y) => Math.trunc(x / y));
};

/** The bound that an optional scalar input of Clip holds. */
function bound(x: Value | undefined, fallback: number): number {
  return x === undefined ? fallback : x.data[0];
}

/** ONNX's numbers of the element types. */
const types: Record<number, Value["type"]> = {
  1: "float64", // float32
  2: "uint8",
  3: "int8",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float64", // float16
  11: "float64",
};

function cast(x: Value, type: Value["type"]): Float64Array {
  switch (type) {
    case "float64":
      return x.data;
    case "bool":
      return x.data.map((v) => Number(v !== 0));
    case "int64":
      return x.data.map(Math.trunc);
    case "int32":
      return Float64Array.from(Int32Array.from(x.data));
    case "int8":
      return Float64Array.from(Int8Array.from(x.data));
    case "uint8":
      return Float64Array.from(Uint8Array.from(x.data));
  }
}

/** erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): all terms of one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Half to even. */
function round(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The argument of tanh in Gelu's approximation. */
const geluArgument = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

export const elementwise: Record<string, Operator> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: divide,
  Pow: binary((a, b) => a ** b),
  Sum: variadic((...x) => x.reduce((sum, v) => sum + v)),
  Max: variadic(Math.max),
  Min: variadic(Math.min),

  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Identity: unary((x) => x),

  // e^x and not e^−x where x is negative: the tail keeps its digits, and nothing overflows.
  Sigmoid: unary((x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)))),
  Softplus: unary(softplus),
  Erf: unary(erf),
  Tanh: unary(Math.tanh),
  Sign: unary(Math.sign),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary(round),
  Mod: binary((a, b) => a - b * Math.floor(a / b)),
  HardSwish: unary((x) => (x * Math.min(6, Math.max(0, x + 3))) / 6),
  Mish: unary((x) => x * Math.tanh(softplus(x))),
  Gelu: (call) => {
    const normal = (x: number) => (1 + erf(x / Math.SQRT2)) / 2;
    const approximate = (x: number) => (1 + Math.tanh(geluArgument(x))) / 2;
    const share = call.string("approximate", "none") === "tanh" ? approximate : normal;
    return unary((x) => x * share(x))(call);
  },
  Swish: (call) => {
    const alpha = call.float("alpha", 1);
    return unary((x) => x / (1 + Math.exp(-alpha * x)))(call);
  },
  LeakyRelu: (call) => {
    const alpha = call.float("alpha", 0.01);
    return unary((x) => (x < 0 ? alpha * x : x))(call);
  },
  PRelu: binary((x, slope) => (x < 0 ? slope * x : x)),
  Elu: (call) => {
    const alpha = call.float("alpha", 1);
    return unary((x) => (x < 0 ? alpha * Math.expm1(x) : x))(call);
  },
  Relu: unary((x) => Math.max(x, 0)),
  HardSigmoid: (call) => {
    const x = call.input(0);
    const alpha = call.float("alpha", 0.2);
    const beta = call.float("beta", 0.5);
    return float(
      x.shape,
      x.data.map((v) => Math.max(0, Math.min(1, alpha * v + beta))),
    );
  },
  Clip: (call) => {
    const x = call.input(0);
    const low = bound(call.optional(1), -Infinity);
    const high = bound(call.optional(2), Infinity);
    return value(
      x.type,
      x.shape,
      x.data.map((v) => Math.min(high, Math.max(low, v))),
    );
  },
  /** Inference: nothing is dropped. */
  Dropout: (call) => {
    const x = call.input(0);
    if (call.optional(2)?.data[0]) throw new Error("Dropout in training mode is not known here.");
    return [x, value("bool", x.shape, new Float64Array(x.data.length).fill(1))];
  },

  Cast: (call) => {
    const x = call.input(0);
    const type = types[call.int("to", 0)];
    if (type === undefined) throw new TypeError(`Element type ${call.int("to", 0)} is not known here.`);
    return value(type, x.shape, cast(x, type));
  },
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  Equal: comparison((a, b) => a === b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Not: unary((x) => Number(x === 0)),
  Where: (call) => {
    const yes = call.input(1);
    return combine([call.input(0), yes, call.input(2)], (c, a, b) => (c !== 0 ? a : b), yes.type);
  },
};

export const elementwiseGradients: Record<string, Operator> = {
  /** (dY, X) → dX. */
  SwishGradient: (call) => {
    const alpha = call.float("alpha", 1);
    return combine([call.input(0), call.input(1)], (dy, x) => {
      const s = 1 / (1 + Math.exp(-alpha * x));
      return dy * (s + alpha * x * s * (1 - s));
    });
  },
  /** (dY, X) → dX. */
  GeluGradient: (call) => {
    const exact = (x: number) =>
      (1 + erf(x / Math.SQRT2)) / 2 + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
    const approximate = (x: number) => {
      const t = Math.tanh(geluArgument(x));
      const rise = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
      return (1 + t) / 2 + (x * (1 - t * t) * rise) / 2;
    };
    const slope = call.string("approximate", "none") === "tanh" ? approximate : exact;
    return combine([call.input(0), call.input(1)], (dy, x) => dy * slope(x));
  },
  /** (dY, Y) → dX. */
  ReluGradient: binary((dy, y) => (y > 0 ? dy : 0)),
  /** (dY, X, min?, max?) → dX. */
  ClipGradient: (call) => {
    const low = bound(call.optional(2), -Infinity);
    const high = bound(call.optional(3), Infinity);
    return combine([call.input(0), call.input(1)], (dy, x) => (low < x && x < high ? dy : 0));
  },
};
