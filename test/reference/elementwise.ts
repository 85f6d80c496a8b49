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
  Softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
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
  /** (dY, Y) → dX. */
  ReluGradient: binary((dy, y) => (y > 0 ? dy : 0)),
  /** (dY, X, min?, max?) → dX. */
  ClipGradient: (call) => {
    const low = bound(call.optional(2), -Infinity);
    const high = bound(call.optional(3), Infinity);
    return combine([call.input(0), call.input(1)], (dy, x) => (low < x && x < high ? dy : 0));
  },
};
